import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import mapping from '@vscode/codicons/src/template/mapping.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');
/** Each glyph has one or more names. */
const known = new Set(Object.values(mapping as Record<string, string[]>).flat());

describe('icons', () => {
  it('are all codicons', () => {
    const sources = globSync('src/**/*.ts', { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8'));
    const manifest = readFileSync(join(root, 'package.json'), 'utf8');
    const inText = [manifest, ...sources].flatMap((text) => [...text.matchAll(/\$\(([a-z][a-z-]+)\)/g)]);
    const inCode = sources.flatMap((text) => [...text.matchAll(/ThemeIcon\('([a-z-]+)'/g)]);
    const used = new Set([...inText, ...inCode].map(([, name]) => name ?? ''));
    assert.ok(used.size > 10);
    assert.deepEqual(
      [...used].filter((name) => !known.has(name)),
      [],
    );
  });
});
