import { isUtf8 } from 'node:buffer';
import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { only } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey, storeOf } from '../invocation/targets.ts';

export const copyValue = defineCommand<KeyTarget, string>('copyValue', {
  progress: vscode.l10n.t('Reading the value'),
  args: fields({ namespace: namespaceField, key: keyField }),
  asked: only(aKey({ question: vscode.l10n.t('Copy the value of which key?') })),
  async run({ namespace, key }, { services, signal }) {
    const entry = await (await storeOf(services, namespace)).get(key, signal);
    if (!entry) {
      throw new KvError('notFound', vscode.l10n.t('“{0}” does not exist: it was deleted or has expired.', key));
    }
    if (!isUtf8(entry.value)) {
      throw new KvError(
        'unsupported',
        vscode.l10n.t('“{0}” was not copied: its value is not text. Download it instead.', key),
      );
    }
    const text = Buffer.from(entry.value).toString('utf8');
    await vscode.env.clipboard.writeText(text);
    return text;
  },
});
