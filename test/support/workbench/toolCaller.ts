import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { enterText, runCommand } from './quickInput.ts';

const manifest = {
  name: 'tool-caller',
  publisher: 'test',
  version: '1.0.0',
  engines: { vscode: '^1.106.0' },
  main: './main.js',
  extensionKind: ['workspace'],
  capabilities: { untrustedWorkspaces: { supported: true } },
  contributes: { commands: [{ command: 'toolCaller.call', title: 'Call Tool', category: 'Test' }] },
};

/** Shows what a model would read, or the error that it would get. */
const main = `
const vscode = require('vscode');
exports.activate = (context) => {
  context.subscriptions.push(vscode.commands.registerCommand('toolCaller.call', async () => {
    const { name, input } = JSON.parse(await vscode.window.showInputBox({ title: 'Tool' }));
    try {
      const { content: [{ value }] } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
      void vscode.window.showInformationMessage('Result: ' + value);
    } catch (error) {
      void vscode.window.showErrorMessage('Refused: ' + error.message);
    }
  }));
};
`;

/**
 * Copies installed extensions into an empty folder, and adds one that calls tools for language models, as any extension
 * may.
 */
export function withToolCaller(installed: string, folder: string): string {
  cpSync(installed, folder, { recursive: true });
  const relativeLocation = 'tool-caller';
  const path = join(folder, relativeLocation);
  mkdirSync(path);
  writeFileSync(join(path, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(path, 'main.js'), main);
  const list = join(folder, 'extensions.json');
  const { name, publisher, version } = manifest;
  const entry = {
    identifier: { id: `${publisher}.${name}` },
    version,
    location: { $mid: 1, path, scheme: 'file' },
    relativeLocation,
  };
  writeFileSync(list, JSON.stringify([...JSON.parse(readFileSync(list, 'utf8')), entry]));
  return folder;
}

/** Calls a tool; the window must have been opened with that extension. The result is shown as a notification. */
export async function callTool(page: Page, name: string, input: object): Promise<void> {
  await runCommand(page, 'Test: Call Tool');
  await enterText(page, JSON.stringify({ name, input }));
}
