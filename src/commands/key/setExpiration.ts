import * as vscode from 'vscode';
import { isKvError } from '../../core/base/errors.ts';
import { expirationChange } from '../../core/change/expirationChange.ts';
import { failureOf } from '../../core/change/failures.ts';
import type { KeyChange } from '../../core/change/keyChange.ts';
import { clockOf } from '../../core/entry/lifetimeClock.ts';
import { batchLimits } from '../../core/store/batches.ts';
import { fullName, keyCount, shortText } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { BulkOutcome } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import { CALLED_BY_MESSAGE, commandId } from '../../ids.ts';
import { tellOutcome } from '../../ui/outcome.ts';
import { pickExpiration } from '../../ui/pickExpiration.ts';
import { about, type Run } from '../invocation/command.ts';
import {
  type ExpirationAt,
  expirationFields,
  expirationOf,
  fields,
  flagField,
  keysField,
  namespaceField,
  optional,
} from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { someKeysOf, whereOf } from '../invocation/targets.ts';
import { askWithoutUndo } from '../sync/askSync.ts';
import { cancelledAsOutcome } from './cancelledAsOutcome.ts';

interface SetExpiration {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
  readonly expirationAt: ExpirationAt;
}

export interface ExpirationOutcome extends BulkOutcome {
  /** The id for undoing this; absent for a single key, or if there is no room for a backup. */
  readonly undo?: string;
}

export const setExpiration = defineCommand<SetExpiration, ExpirationOutcome>('setExpiration', {
  progress: vscode.l10n.t('Setting expirations'),
  tellsHowFar: true,
  args: fields(
    { namespace: namespaceField, keys: keysField, ...expirationFields, confirm: optional(flagField) },
    (given) => {
      const { namespace, keys } = given;
      return { namespace, keys, expirationAt: expirationOf(given, keys[0] ?? '') };
    },
  ),
  asked: about(
    someKeysOf({ question: vscode.l10n.t('Which keys should expire?'), writes: true }),
    async ({ namespace, selection: { keys }, where }, { sources }) => {
      const [key = ''] = keys;
      const what = keys.length === 1 ? `“${shortText(key)}”` : keyCount(keys.length);
      const title = vscode.l10n.t('Set Expiration of {0} in {1}', what, where);
      const answer = await pickExpiration(key, title, clockOf(await sources.store(namespace)));
      return answer && { namespace, keys, expirationAt: () => answer.expiration };
    },
  ),
  writes: ({ namespace, keys }) => ({ namespace, keys }),
  run: (args, run) => cancelledAsOutcome(set(args, run)),
  async tell(outcome, { namespace, keys }, services) {
    const where = await whereOf(namespace, services);
    const undo = vscode.l10n.t('Undo');
    const answer = await tellOutcome(
      outcome,
      keys.length,
      {
        // For a single key, the view shows the result.
        ...(keys.length > 1 && {
          all: vscode.l10n.t('Set the expiration of {0} in {1}.', keyCount(outcome.done), where),
        }),
        partly: (done) => vscode.l10n.t('Set the expiration of {0} of {1} in {2}.', done, keyCount(keys.length), where),
      },
      ...(outcome.undo === undefined ? [] : [undo]),
    );
    if (answer === undo) await vscode.commands.executeCommand(commandId('undo'), CALLED_BY_MESSAGE, outcome.undo);
  },
});

async function set(
  { namespace, keys, expirationAt }: SetExpiration,
  { services, signal, report, waitFor, isInteractive }: Run,
): Promise<ExpirationOutcome> {
  const { changes, sources } = services;
  await sources.checkExists(namespace);
  const described = await sources.describe(namespace);
  const where = fullName(described);
  const [first = ''] = keys;
  const count = keyCount(keys.length);
  const label = vscode.l10n.t(
    'Set the expiration of {0} in {1}',
    keys.length === 1 ? `“${shortText(first)}”` : count,
    where,
  );
  const operation = { kind: 'expiration', namespace, label } as const;
  const expiration = expirationAt((await changes.clockOf(namespace)).now()) ?? undefined;
  const steps = keys.map((key) => expirationChange(key, expiration));
  const [only] = steps;
  if (only && steps.length === 1) return await setOne(changes.one(operation, only, { signal }), only.key);
  async function* all(): AsyncGenerator<KeyChange> {
    yield* steps;
  }
  const { untried: _, ...outcome } = await changes.run(operation, all(), {
    signal,
    limits: batchLimits[described.source.kind],
    ...(isInteractive && { onFull: () => waitFor(askWithoutUndo(keys.length, where, services)) }),
    report: (done) =>
      report(vscode.l10n.t('Setting the expiration of {0} of {1} in {2}', countText(done), count, where)),
  });
  return outcome;
}

/** Turns the error of a single key into an outcome, like one of many keys. */
async function setOne(change: Promise<unknown>, key: string): Promise<ExpirationOutcome> {
  try {
    await change;
    return { done: 1, skipped: 0, failed: [], cancelled: false };
  } catch (error) {
    if (!isKvError(error) || !(error.uncertain || OF_KEY.has(error.kind))) throw error;
    return { done: 0, skipped: 0, failed: [failureOf(key, error)], cancelled: false };
  }
}

const OF_KEY: ReadonlySet<string> = new Set(['notFound', 'conflict', 'invalidInput', 'tooLarge']);
