import * as vscode from 'vscode';
import type { NamespaceRef } from '../fs/kvUri.ts';
import { keyArg, namespaceArg } from './arguments.ts';
import { defineCommand } from './invoke.ts';
import { askKey, keysOfCall } from './targets.ts';

interface CopyKeyName {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
}

/** Several selected keys are copied one a line. */
export const copyKeyName = defineCommand<CopyKeyName, string>('copyKeyName', {
  parse: (input) => ({ namespace: namespaceArg(input), keys: [keyArg(input)] }),
  async ask(call, services) {
    const chosen = keysOfCall(call);
    if (chosen) return chosen;
    const [node] = call.nodes;
    if (node?.kind === 'group') return { namespace: node.namespace.ref, keys: [node.prefix] };
    const target = await askKey(call, services, vscode.l10n.t('Copy the name of which key?'));
    return target && { namespace: target.namespace, keys: [target.key] };
  },
  async run({ keys }) {
    const text = keys.join('\n');
    await vscode.env.clipboard.writeText(text);
    return text;
  },
});
