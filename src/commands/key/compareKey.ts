import * as vscode from 'vscode';
import { fullName } from '../../core/store/names.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askKey, type KeyTarget, parseKeyTarget } from '../invocation/targets.ts';
import { otherSide } from './otherSide.ts';

/** The same key on another side (local and remote, or two environments), as one diff. */
export const compareKey = defineCommand<KeyTarget, KeyTarget>('compareKey', {
  parse: parseKeyTarget,
  ask: (call, services) => askKey(call, services, vscode.l10n.t('Compare which key with its other side?')),
  async run(target, run) {
    const { services } = run;
    const question = vscode.l10n.t('Compare “{0}” with which side?', target.key);
    const other = await otherSide(target, question, run);
    if (!other) return undefined;
    // The right half is the one that can be edited: an account is there only where both are.
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
