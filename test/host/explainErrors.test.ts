import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { KvError } from '../../src/core/base/errors.ts';
import { explainCommand } from '../../src/core/text/wayOut.ts';
import { terminalErrors } from '../../src/ui/explainErrors.ts';
import { reportError } from '../../src/ui/reportError.ts';
import { eventually } from '../support/eventually.ts';
import { closeEditors } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

const previews = (): string[] =>
  vscode.window.tabGroups.all.flatMap(({ tabs }) =>
    tabs.flatMap(({ input, label }) => (input instanceof vscode.TabInputWebview ? [label] : [])),
  );

describe('errors of KV', () => {
  afterEach(closeEditors);

  it('are links in a terminal that open their page', async () => {
    const opened: unknown[] = [];
    const provider = terminalErrors(async (page) => {
      opened.push(page);
      await vscode.commands.executeCommand(explainCommand, page);
    });
    const terminal = vscode.window.createTerminal('errors');
    try {
      const { token } = new vscode.CancellationTokenSource();
      const line = '✘ [ERROR] Uncaught Error: KV PUT failed: 429 Too Many Requests';
      const links = (await provider.provideTerminalLinks({ terminal, line }, token)) ?? [];
      assert.deepEqual(
        links.map(({ startIndex, length }) => line.slice(startIndex, startIndex + length)),
        ['KV PUT failed: 429 Too Many Requests'],
      );
      assert.deepEqual(await provider.provideTerminalLinks({ terminal, line: '$ npm test' }, token), []);
      const [link] = links;
      assert.ok(link);
      await provider.handleTerminalLink(link);
      assert.deepEqual(opened, ['write-rate']);
      await eventually(() => assert.match(previews().join(), /write-rate/));
    } finally {
      terminal.dispose();
    }
  });

  it('have no page by a name that is none', async () => {
    await vscode.commands.executeCommand(explainCommand, '../../README');
    await vscode.commands.executeCommand(explainCommand);
    assert.deepEqual(previews(), []);
  });

  it('are explained by a button of our own message', async () => {
    const log = vscode.window.createOutputChannel('explained', { log: true });
    const spy = new WindowSpy();
    try {
      spy.answer = ({ items }) => items[0];
      reportError(log, 'test', new KvError('rateLimited', 'The day is used up.', { page: 'daily-limit' }));
      assert.deepEqual(
        spy.asked.map(({ how, text, items }) => ({ how, text, items })),
        [{ how: 'showErrorMessage', text: 'The day is used up.', items: ['Learn More'] }],
      );
      await eventually(() => assert.match(previews().join(), /daily-limit/));
    } finally {
      spy.restore();
      log.dispose();
    }
  });
});
