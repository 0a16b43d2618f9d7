import * as vscode from 'vscode';
import { fullName } from '../../core/store/names.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import { valueUri } from '../../fs/kvUri.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { only } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey } from '../invocation/targets.ts';
import { otherSide } from './otherSide.ts';

/** Compares a key with the same key on another side (local and remote, or two environments), in one diff. */
export const compareKey = defineCommand<KeyTarget, KeyTarget>('compareKey', {
  progress: vscode.l10n.t('Comparing values'),
  args: fields({ namespace: namespaceField, key: keyField }),
  asked: only(aKey({ question: vscode.l10n.t('Compare which key with its other side?') })),
  async run(target, run) {
    const { services } = run;
    const question = {
      title: (key: string, where: string) => vscode.l10n.t('Compare “{0}” in {1}', key, where),
      placeHolder: vscode.l10n.t('Compare with which side?'),
    };
    const other = await otherSide(target, question, run);
    if (!other) return undefined;
    // The right half is editable, so it is never an account unless both sides are.
    const isLocalFirst = !isAccount(target.namespace.source) && isAccount(other.source);
    const [left, right] = isLocalFirst ? [other, target.namespace] : [target.namespace, other];
    const names = await Promise.all([left, right].map(async (one) => fullName(await services.sources.describe(one))));
    await vscode.commands.executeCommand(
      'vscode.diff',
      valueUri(left, target.key),
      valueUri(right, target.key),
      `${target.key}: ${names.join(' ↔ ')}`,
    );
    return target;
  },
});
