import * as vscode from 'vscode';
import { valueUri } from '../../fs/kvUri.ts';
import { showValue } from '../../ui/openCommand.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { only } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey } from '../invocation/targets.ts';
import { otherSide } from './otherSide.ts';

/** Opens the value of the same key on another side. Resolves to that key. */
export const openOtherSide = defineCommand<KeyTarget, KeyTarget>('openOtherSide', {
  progress: vscode.l10n.t('Reading the value'),
  args: fields({ namespace: namespaceField, key: keyField }),
  asked: only(aKey({ question: vscode.l10n.t('Open which key on its other side?') })),
  async run(target, run) {
    const { key } = target;
    const question = {
      title: (name: string, where: string) => vscode.l10n.t('Open “{0}” in {1} on Another Side', name, where),
      placeHolder: vscode.l10n.t('Open it on which side?'),
    };
    const other = await otherSide(target, question, run);
    if (!other) return undefined;
    const namespace = { source: other.source, id: other.id };
    await showValue(valueUri(namespace, key));
    return { namespace, key };
  },
});
