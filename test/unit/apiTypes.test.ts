import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('the types for other extensions', () => {
  it('stand by themselves, under the strictest rules', () => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--module', 'nodenext', '--types', 'vscode'];
    const { status, stdout } = spawnSync(process.execPath, [tsc, '--ignoreConfig', ...options, 'api.d.ts'], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout);
  });

  it('are those that activate returns, are packed, and are told of', () => {
    assert.match(read('src/extension.ts'), /import type \{ CloudflareKvApi \} from '\.\.\/api\.d\.ts';/);
    assert.match(read('src/extension.ts'), /activate\(.*\): CloudflareKvApi \{/);
    assert.ok(read('.vscodeignore').split('\n').includes('!api.d.ts'));
    assert.match(read('README.md'), /\(api\.d\.ts\)/);
  });
});
