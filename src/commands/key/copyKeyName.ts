import * as vscode from 'vscode';
import { about } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { rowsOf } from '../invocation/resolve.ts';
import { aKey, ownTarget } from '../invocation/targets.ts';

interface CopyKeyName {
  readonly keys: readonly string[];
}

/** Names of selected keys and groups, even of several namespaces. */
const names = ownTarget<readonly string[]>('rows', async (call, services) => {
  const selected = rowsOf(call).flatMap((row) =>
    row.kind === 'key' ? row.key : row.kind === 'group' ? row.prefix : [],
  );
  if (selected.length > 0) return selected;
  const chosen = await aKey({ question: vscode.l10n.t('Copy the name of which key?') }).find(call, services);
  return chosen && [chosen.key];
});

/** Copies several selected keys and groups one per line. */
export const copyKeyName = defineCommand<CopyKeyName, string>('copyKeyName', {
  args: fields({ namespace: namespaceField, key: keyField }, ({ key }) => ({ keys: [key] })),
  asked: about(names, (keys) => ({ keys })),
  async run({ keys }) {
    const text = keys.join('\n');
    await vscode.env.clipboard.writeText(text);
    return text;
  },
});
