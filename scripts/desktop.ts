import { spawn, spawnSync } from 'node:child_process';
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { root } from '../test/vscodeHost/paths.ts';

/** Opens a folder in desktop VS Code with the extension loaded from the checkout. Untested: it needs a display. */
export async function openDesktop(folder: string): Promise<void> {
  const shell = process.platform === 'win32';
  const installed = spawnSync('code', ['--version'], { stdio: 'ignore', shell }).status === 0;
  const code = installed ? 'code' : await downloadAndUnzipVSCode();
  const args = [`--extensionDevelopmentPath=${root}`, '--disable-workspace-trust', folder];
  spawn(code, args, { stdio: 'inherit', shell: installed && shell });
}
