import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { fullName } from '../../core/store/names.ts';
import { shellQuote } from '../../core/text/shellQuote.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { only } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey } from '../invocation/targets.ts';

/** The curl command that prints a remote value; the token stays in the environment variable that wrangler uses. */
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
    // Double quotes let the shell put the token in.
    const text = `curl -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" ${shellQuote(url, 'linux')}`;
    await vscode.env.clipboard.writeText(text);
    return text;
  },
});
