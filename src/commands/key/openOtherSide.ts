import * as vscode from 'vscode';
import { valueUri } from '../../fs/kvUri.ts';
import { showValue } from '../../ui/openCommand.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askKey, type KeyTarget, parseKeyTarget } from '../invocation/targets.ts';
import { otherSide } from './otherSide.ts';

/** Opens the value that the same key has on another side; resolves to that key. */
export const openOtherSide = defineCommand<KeyTarget, KeyTarget>('openOtherSide', {
  parse: parseKeyTarget,
  ask: (call, services) => askKey(call, services, vscode.l10n.t('Open which key on its other side?')),
  async run(target, run) {
    const { key } = target;
    const other = await otherSide(target, vscode.l10n.t('Open “{0}” on which side?', key), run);
    if (!other) return undefined;
    const namespace = { source: other.source, id: other.id };
    await showValue(valueUri(namespace, key));
    return { namespace, key };
  },
});
