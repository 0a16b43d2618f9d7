import * as vscode from 'vscode';
import { defineCommand } from '../invocation/invoke.ts';
import { askKey, parseKeyTarget } from '../invocation/targets.ts';

interface CopyKeyName {
  readonly keys: readonly string[];
}

/** Several selected keys and groups are copied one a line, those of several namespaces too. */
export const copyKeyName = defineCommand<CopyKeyName, string>('copyKeyName', {
  parse: (input) => ({ keys: [parseKeyTarget(input).key] }),
  async ask(call, services) {
    const names = call.nodes.flatMap((row) => (row.kind === 'key' ? row.key : row.kind === 'group' ? row.prefix : []));
    if (names.length > 0) return { keys: names };
    const target = await askKey(call, services, vscode.l10n.t('Copy the name of which key?'));
    return target && { keys: [target.key] };
  },
  async run({ keys }) {
    const text = keys.join('\n');
    await vscode.env.clipboard.writeText(text);
    return text;
  },
});
