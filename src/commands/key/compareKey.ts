import * as vscode from 'vscode';
import { fullName } from '../../core/store/names.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askKey, type KeyTarget, parseKeyTarget } from '../invocation/targets.ts';
import { otherSide } from './otherSide.ts';

/** The same key on another side (local and remote, or two environments), as one diff. */
export const compareKey = defineCommand<KeyTarget, KeyTarget>('compareKey', {
  parse: parseKeyTarget,
  ask: (call, services) => askKey(call, services, vscode.l10n.t('Compare which key with its other side?')),
  async run(target, { services, waitFor }) {
    const question = vscode.l10n.t('Compare “{0}” with which side?', target.key);
    const other = await waitFor(otherSide(target, question, services));
    if (!other) return undefined;
    const [left, right] = await Promise.all([
      services.sources.describe(target.namespace),
      services.sources.describe(other),
    ]);
    await vscode.commands.executeCommand(
      'vscode.diff',
      valueUri(target.namespace, target.key),
      valueUri(other, target.key),
      `${target.key}: ${fullName(left)} ↔ ${fullName(right)}`,
    );
    return target;
  },
});
