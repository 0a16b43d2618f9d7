import { relative } from 'node:path';
import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { shellQuote } from '../../core/text/shellQuote.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askKey, type KeyTarget, parseKeyTarget } from '../invocation/targets.ts';
import { checkHasId } from '../namespace/checkHasId.ts';

/** The wrangler command line that prints the value; it runs from the first workspace folder. */
export const copyAsWrangler = defineCommand<KeyTarget, string>('copyAsWrangler', {
  parse: parseKeyTarget,
  ask: (call, services) => askKey(call, services, vscode.l10n.t('Copy a wrangler command for which key?')),
  async run({ namespace, key }, { services }) {
    if (/^-./.test(key)) {
      throw new KvError(
        'unsupported',
        vscode.l10n.t('“{0}” cannot be given to wrangler: it takes what begins with “-” for an option.', key),
      );
    }
    const { source } = await services.sources.describe(namespace);
    checkHasId(source, namespace.id);
    const words = [
      'npx',
      'wrangler',
      'kv',
      'key',
      'get',
      key,
      '--namespace-id',
      namespace.id,
      ...sideWords(source.wranglerFlags),
    ];
    const text = words.map((word) => shellQuote(word, process.platform)).join(' ');
    await vscode.env.clipboard.writeText(text);
    return text;
  },
});

/** Paths as they are seen from the workspace folder, where a terminal opens. */
function sideWords(flags: readonly string[]): string[] {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return flags.map((flag) => (folder !== undefined && flag.startsWith(folder) ? relative(folder, flag) || '.' : flag));
}
