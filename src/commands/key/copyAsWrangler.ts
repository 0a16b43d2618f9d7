import { relative } from 'node:path';
import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { shortText, sideLabel } from '../../core/store/names.ts';
import { shellAt, shellQuote } from '../../core/text/shellQuote.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { only } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey } from '../invocation/targets.ts';
import { checkHasId } from '../namespace/checkHasId.ts';

/** Copies a wrangler command that prints the value. It runs from the first workspace folder. */
export const copyAsWrangler = defineCommand<KeyTarget, string>('copyAsWrangler', {
  args: fields({ namespace: namespaceField, key: keyField }),
  asked: only(aKey({ question: vscode.l10n.t('Copy a wrangler command for which key?') })),
  async run({ namespace, key }, { services }) {
    if (/^-./.test(key)) {
      throw new KvError(
        'unsupported',
        vscode.l10n.t('“{0}” cannot be given to wrangler: it takes what begins with “-” for an option.', key),
      );
    }
    const { source } = await services.sources.describe(namespace);
    checkHasId(source, namespace.id);
    const { wranglerFlags } = source;
    if (wranglerFlags === undefined) {
      throw new KvError(
        'unsupported',
        vscode.l10n.t(
          '“{0}” has no wrangler command: wrangler finds local data only in a folder “v3/kv”, and that of {1} lies elsewhere.',
          shortText(key),
          sideLabel(source),
        ),
      );
    }
    const words = [
      'npx',
      'wrangler',
      'kv',
      'key',
      'get',
      key,
      '--namespace-id',
      namespace.id,
      ...sideWords(wranglerFlags),
    ];
    const shell = shellAt(vscode.env.shell, process.platform);
    const text = words.map((word) => shellQuote(word, shell)).join(' ');
    await vscode.env.clipboard.writeText(text);
    return text;
  },
});

/** Makes paths relative to the workspace folder, where a terminal opens. */
function sideWords(flags: readonly string[]): string[] {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return flags.map((flag) => (folder !== undefined && flag.startsWith(folder) ? relative(folder, flag) || '.' : flag));
}
