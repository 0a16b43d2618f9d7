import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generated, vscodeServer } from './paths.ts';

/**
 * Installs a packaged extension as a person would, and answers the extensions folder to start a server with.
 * The same package is installed once.
 */
export function installExtension(vsix: string): string {
  const hash = createHash('sha256').update(readFileSync(vsix)).digest('hex').slice(0, 16);
  const folder = join(generated, 'extensions', hash);
  const stamp = join(folder, '.complete');
  if (existsSync(stamp)) {
    return folder;
  }
  const data = mkdtempSync(join(tmpdir(), 'vscode-host-'));
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        join(vscodeServer, 'out', 'server-main.js'),
        '--install-extension',
        vsix,
        '--extensions-dir',
        folder,
        '--server-data-dir',
        data,
        '--accept-server-license-terms',
        '--telemetry-level',
        'off',
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) {
      throw new Error(`${vsix} was not installed\n${stdout}\n${stderr}`);
    }
    writeFileSync(stamp, '');
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
  return folder;
}
