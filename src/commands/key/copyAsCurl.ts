import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { fullName } from '../../core/store/names.ts';
import { quotedWithVariable, shellAt, shellQuote } from '../../core/text/shellQuote.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { only } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey } from '../invocation/targets.ts';

/** Copies a curl command that prints a remote value. The token stays in the environment variable that wrangler uses. */
export const copyAsCurl = defineCommand<KeyTarget, string>('copyAsCurl', {
  args: fields({ namespace: namespaceField, key: keyField }),
  asked: only(aKey({ question: vscode.l10n.t('Copy a curl command for which key?') })),
  async run({ namespace, key }, { services }) {
    const described = await services.sources.describe(namespace);
    const url = described.source.valueUrl?.(namespace.id, key);
    if (url === undefined) {
      throw new KvError(
        'unsupported',
        vscode.l10n.t('{0} has no address on the network. Copy a wrangler command instead.', fullName(described)),
      );
    }
    const shell = shellAt(vscode.env.shell, process.platform);
    // In Windows PowerShell, `curl` is an alias for another command.
    const curl = process.platform === 'win32' ? 'curl.exe' : 'curl';
    const header = quotedWithVariable('Authorization: Bearer ', 'CLOUDFLARE_API_TOKEN', shell);
    const text = `${curl} -H ${header} ${shellQuote(url, shell)}`;
    await vscode.env.clipboard.writeText(text);
    return text;
  },
});
