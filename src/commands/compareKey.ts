import * as vscode from 'vscode';
import { counterparts } from '../core/counterparts.ts';
import { KvError } from '../core/errors.ts';
import { fullName } from '../core/names.ts';
import { valueUri } from '../fs/kvUri.ts';
import type { Services } from '../services.ts';
import { defineCommand } from './invoke.ts';
import { askKey, type KeyTarget, parseKeyTarget } from './targets.ts';

/** The same key on another side (local and remote, or two environments), as one diff. */
export const compareKey = defineCommand<KeyTarget, KeyTarget>('compareKey', {
  parse: parseKeyTarget,
  ask: (call, services) => askKey(call, services, vscode.l10n.t('Compare which key with its other side?')),
  async run(target, { services, waitFor }) {
    const other = await waitFor(otherSide(target, services));
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

/** The namespace to compare with; asks only when there are several that hold the key. */
async function otherSide({ namespace, key }: KeyTarget, services: Services) {
  const all = counterparts(namespace, await services.sources.namespaces());
  const holding = await Promise.all(
    all.map(async (one) => ((await (await services.sources.store(one)).get(key)) ? [one] : [])),
  );
  const found = holding.flat();
  const [only] = found;
  if (!only) {
    throw new KvError(
      'notFound',
      vscode.l10n.t(
        '“{0}” has no other side: no namespace of the same binding in another project or environment holds it.',
        key,
      ),
    );
  }
  if (found.length === 1) return only;
  const items = await Promise.all(
    found.map(async (one) => ({ label: fullName(await services.sources.describe(one)), detail: one.id, one })),
  );
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Compare “{0}” with which side?', key),
  });
  return picked?.one;
}
