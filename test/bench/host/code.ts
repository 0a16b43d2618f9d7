import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { median, timed } from '../figure.ts';
import { extension } from './extension.ts';
import { type CodeCompletion, leave } from './measured.ts';

type Provider = vscode.CompletionItemProvider;

/** Keeps our provider; in a test host the extension's `vscode` is ours too, and not frozen. */
function watchProvider(): () => Provider | undefined {
  const { registerCompletionItemProvider } = vscode.languages;
  let seen: Provider | undefined;
  vscode.languages.registerCompletionItemProvider = (selector, provider, ...characters) => {
    seen = provider;
    return registerCompletionItemProvider(selector, provider, ...characters);
  };
  return () => seen;
}

/** As many calls with one text as other extensions cause by registering themselves. */
const BURST = 17;
const ROUNDS = 11;

describe('completion in Worker code', () => {
  it('is measured', async function () {
    this.timeout(120_000);
    const provider = watchProvider();
    await extension().activate();
    await extension().exports.namespaces();
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const document = await vscode.workspace.openTextDocument(join(folder, 'src', 'index.ts'));
    const editor = await vscode.window.showTextDocument(document);
    for (let i = 0; i < 200 && !provider(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    const ours = provider();
    assert.ok(ours);
    const { token } = new vscode.CancellationTokenSource();
    const context: vscode.CompletionContext = {
      triggerKind: vscode.CompletionTriggerKind.Invoke,
      triggerCharacter: undefined,
    };
    const at = document.positionAt(document.getText().indexOf('get("') + 'get("'.length);
    editor.selection = new vscode.Selection(at, at);
    const answerMs: number[] = [];
    const burstMs: number[] = [];
    let position = at;
    let offered = 0;
    for (const letter of 'team-42:member-00') {
      await editor.edit((edit) => edit.insert(position, letter));
      position = position.translate(0, 1);
      const ask = async () => await ours.provideCompletionItems(document, position, token, context);
      const { ms, result } = await timed(ask);
      answerMs.push(ms);
      offered = result && 'items' in result ? result.items.length : 0;
      const before = process.cpuUsage();
      await Promise.all(Array.from({ length: BURST }, ask));
      const { user, system } = process.cpuUsage(before);
      burstMs.push((user + system) / 1000);
    }
    assert.ok(offered > 0);
    const inPrefix = document.positionAt(document.getText().indexOf('prefix: "') + 'prefix: "'.length);
    const groupsMs: number[] = [];
    let groups = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const { ms, result } = await timed(async () => ours.provideCompletionItems(document, inPrefix, token, context));
      groupsMs.push(ms);
      groups = result && 'items' in result ? result.items.length : 0;
    }
    leave<CodeCompletion>({
      answerMs: median(answerMs.slice(1)),
      worstAnswerMs: Math.max(...answerMs.slice(1)),
      burstMs: median(burstMs) / BURST,
      offered,
      groupsMs: median(groupsMs.slice(1)),
      groups,
    });
  });
});
