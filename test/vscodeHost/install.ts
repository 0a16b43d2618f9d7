import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostPackages, vscodeServer } from './paths.ts';

const stampFile = join(hostPackages, '.installed');

function npm(cwd: string, ...args: string[]): void {
  const options = [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const cli = process.env.npm_execpath;
  if (cli) {
    execFileSync(process.execPath, [cli, ...options], { cwd, stdio: 'inherit' });
  } else {
    execFileSync('npm', options, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });
  }
}

/**
 * Installs VS Code and a browser from npm, unless exactly these versions are there already.
 * No install script runs: they compile native modules that no extension needs.
 */
export function installHost(): void {
  const lockfile = readFileSync(join(import.meta.dirname, 'package-lock.json'));
  const stamp = createHash('sha256').update(lockfile).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) {
    return;
  }
  console.log('Installing the VS Code host for tests and demos (once)');
  npm(import.meta.dirname, 'ci');
  npm(vscodeServer, 'install', '--omit=dev');
  writeFileSync(stampFile, stamp);
}
