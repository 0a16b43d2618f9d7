import * as vscode from 'vscode';
import { throwIfCancelled } from '../../core/base/cancel.ts';
import { KvError } from '../../core/base/errors.ts';
import { slicesOf } from '../../core/base/slicesOf.ts';
import type { KeyChange, Work } from '../../core/change/keyChange.ts';
import { nothingDone } from '../../core/change/nothingDone.ts';
import { estimate } from '../../core/cost/estimate.ts';
import type { KvEntry } from '../../core/entry/entry.ts';
import { entryDigest } from '../../core/entry/entryDigest.ts';
import { KeySet } from '../../core/keys/keySet.ts';
import { batchLimits } from '../../core/store/batches.ts';
import { listKeys } from '../../core/store/listKeys.ts';
import { byteSize, fullName, keyCount, someKeys } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { BulkOutcome, KvReader, OnUnread } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import { CALLED_BY_MESSAGE, commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { confirm } from '../../ui/confirm.ts';
import { costText } from '../../ui/cost.ts';
import { tellOutcome, triedKeys } from '../../ui/outcome.ts';
import { startPace } from '../../ui/pace.ts';
import { damagedNote, undoNote } from '../../ui/undoNote.ts';
import { offerDeleting } from '../inside/offerDeleting.ts';
import { staysHere, WORTH_DELETING } from '../inside/ways.ts';
import type { Run } from '../invocation/command.ts';
import { checkWritable, storeOf } from '../invocation/targets.ts';

export interface DeleteOutcome extends BulkOutcome {
  /** The id for undoing this delete; absent if there is nothing to undo or no room for a backup. */
  readonly undo?: string;
  /** How many keys were not reached because it was cancelled; absent if none. */
  readonly left?: number;
  /** How many of the keys did not exist (they count as done); absent if none, or if this was not checked. */
  readonly missing?: number;
  /** The deleted keys whose values could never be read, so that Undo cannot restore them; absent if none. */
  readonly damaged?: readonly string[];
}

export interface Deletion {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
  /** The keys among them that a listing has shown. */
  readonly listed?: readonly string[];
  /** Whether the caller has already confirmed. */
  readonly confirmed: boolean;
  /** "Delete 3 keys from SESSIONS (local, shop)?" */
  readonly question: string;
  /** Called when the user has confirmed. */
  readonly onAgreed?: (() => void) | undefined;
}

/** With at least this many keys, checks whether the namespace has so many that a job pays. */
const MANY_KEYS = 100_000;

/**
 * Lists every key with one of the prefixes, and reports the count meanwhile. `undefined` if the user chose a job inside
 * Cloudflare instead, or dismissed that question.
 */
export async function keysUnder(
  namespace: NamespaceRef,
  prefixes: readonly string[],
  run: Run,
): Promise<string[] | undefined> {
  const { services, signal, report, isInteractive } = run;
  const store = await storeOf(services, namespace);
  const where = fullName(await services.sources.describe(namespace));
  const keys: string[] = [];
  let mayOffer = isInteractive;
  for (const prefix of prefixes) {
    for await (const page of orNothingDeleted(listKeys(store, prefix, signal))) {
      for (const { name } of page) keys.push(name);
      if (mayOffer && keys.length >= MANY_KEYS) {
        mayOffer = false;
        if ((await offerDeleting({ namespace, selection: { keys: [], prefixes }, where }, run)) === undefined) {
          return undefined;
        }
      }
      report(vscode.l10n.t('Counting what to delete from {0}: {1}', where, keyCount(keys.length)));
    }
  }
  return keys;
}

/** The same items. An error says that nothing was deleted. */
async function* orNothingDeleted<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw nothingDone(error, 'delete');
  }
}

/** Asks, then deletes. `undefined` when dismissed. */
export async function deleteWithUndo(
  { namespace, keys, listed, confirmed, question, onAgreed }: Deletion,
  { services, signal, report, waitFor, isInteractive }: Run,
): Promise<DeleteOutcome | undefined> {
  await checkWritable(services, namespace);
  const store = await storeOf(services, namespace);
  if (keys.length === 0) return { done: 0, skipped: 0, failed: [], cancelled: false };
  throwIfCancelled(signal);
  const described = await services.sources.describe(namespace);
  const where = fullName(described);
  let look: DeletionLook | undefined;
  /**
   * Whether to ask again when there is no more room for a backup: not if the user has confirmed a delete without one.
   */
  let asksWhenFull = isInteractive;
  if (!confirmed) {
    const pace = startPace(keys.length);
    look = await lookAt(keys, store, signal, (done) => {
      const text = vscode.l10n.t('Reading {0} of {1} of {2}', countText(done), keyCount(keys.length), where);
      report(pace(text, done));
    });
    const canUndo = services.journals.hasRoomFor(look.bytes, keys.length);
    asksWhenFull &&= canUndo;
    const isRemote = described.source.kind === 'remote';
    const asked = confirm({
      question,
      detail: detail(keys, look, { isRemote, canUndo }, services),
      button: button(keys.length),
    });
    if (!(await waitFor(asked))) return undefined;
    onAgreed?.();
  }
  let missing = 0;
  const unreadable = new Set<string>();
  const damaged: string[] = [];
  const isListed = new Set(listed);
  async function* steps(): AsyncGenerator<KeyChange> {
    for (const key of keys) {
      yield {
        key,
        isListed: isListed.has(key),
        decide(now) {
          if (!now) {
            missing++;
            return 'keep';
          }
          if (look && !look.isAsSeen(key, now)) throw changedMeanwhile(key);
          return 'delete';
        },
        onDamaged: () => unreadable.add(key),
        onWritten() {
          if (unreadable.has(key)) damaged.push(key);
        },
      };
    }
  }
  const pace = startPace(keys.length);
  const { untried: _, ...outcome } = await services.changes.run(
    { kind: 'delete', namespace, label: vscode.l10n.t('Deleted {0} from {1}', keyCount(keys.length), where) },
    steps(),
    {
      signal,
      limits: batchLimits[described.source.kind],
      work: { ...deletionWork(namespace), title: vscode.l10n.t('Deleting keys from {0}', where), total: keys.length },
      ...(asksWhenFull && { onFull: () => waitFor(askWithoutWayBack(where)) }),
      report(done) {
        const text = vscode.l10n.t('Deleting {0} of {1} from {2}', countText(done), keyCount(keys.length), where);
        report(pace(text, done));
      },
    },
  );
  const left = keys.length - triedKeys(outcome);
  return {
    ...outcome,
    ...(left > 0 && { left }),
    ...(missing > 0 && { missing }),
    ...(damaged.length > 0 && { damaged }),
  };
}

/** What existed when the user was asked. */
interface DeletionLook {
  readonly count: number;
  /** The size of all values. */
  readonly bytes: number;
  /** The keys whose values can never be read. */
  readonly damaged: readonly string[];
  isAsSeen(key: string, now: KvEntry): boolean;
}

/** How many keys are read at once. */
const LOOK_KEYS = 500;

/** Keeps only digests. A key that cannot be read for the moment reports its error when it is deleted. */
async function lookAt(
  keys: readonly string[],
  store: KvReader,
  signal: AbortSignal,
  report: (done: number) => void,
): Promise<DeletionLook> {
  const states = new KeySet();
  const stateText = (key: string, entry: KvEntry): string => `${entryDigest(entry)} ${key}`;
  const damaged: string[] = [];
  let [count, bytes, done] = [0, 0, 0];
  const note = (entry: KvEntry): void => {
    count++;
    bytes += entry.value.length;
    states.add(stateText(entry.key, entry));
  };
  const noteUnread: OnUnread = ({ key }, entry) => {
    if (!entry) return;
    damaged.push(key);
    note(entry);
  };
  for (const part of slicesOf(keys, LOOK_KEYS)) {
    throwIfCancelled(signal);
    for await (const entry of orNothingDeleted(store.getMany(part, signal, noteUnread))) note(entry);
    done += part.length;
    report(done);
  }
  return { count, bytes, damaged, isAsSeen: (key, now) => states.has(stateText(key, now)) };
}

const changedMeanwhile = (key: string): KvError =>
  new KvError(
    'conflict',
    vscode.l10n.t(
      '“{0}” was not deleted: it was changed meanwhile, since you were asked. Look at it, and delete it again.',
      key,
    ),
  );

const askWithoutWayBack = (where: string): Promise<boolean> =>
  confirm({
    question: vscode.l10n.t('Delete the rest from {0} without a way back?', where),
    detail: vscode.l10n.t(
      'What was deleted until now can be undone. The rest is larger than the setting cloudflareKv.undo.megabytes allows.',
    ),
    button: vscode.l10n.t('Delete the Rest'),
  });

/**
 * Each delete counts as separate work (because of `at`). If its window closes, what was done can be undone, but the
 * rest cannot be resumed.
 */
const deletionWork = ({ source, id }: NamespaceRef): Work => ({
  command: 'deleteKeys',
  args: { namespace: { source, id }, at: Date.now() },
});

/** Shows one notification, with an Undo button. */
export async function tellDeleted(outcome: DeleteOutcome, namespace: NamespaceRef, services: Services): Promise<void> {
  const where = fullName(await services.sources.describe(namespace));
  const undo = vscode.l10n.t('Undo');
  const total = triedKeys(outcome) + (outcome.left ?? 0);
  const note = damagedNote(outcome.damaged);
  const answer = await tellOutcome(
    outcome,
    total,
    {
      all: `${deletedText(outcome, where)} ${note}`.trimEnd(),
      partly: (done) =>
        `${vscode.l10n.t('Deleted {0} of {1} from {2}.', done, keyCount(total), where)} ${note}`.trimEnd(),
      ...(outcome.undo === undefined && {
        nothing: vscode.l10n.t('Nothing was deleted from {0}: it was cancelled.', where),
      }),
    },
    ...(outcome.undo === undefined ? [] : [undo]),
  );
  if (answer === undo) await vscode.commands.executeCommand(commandId('undo'), CALLED_BY_MESSAGE, outcome.undo);
}

/** "Deleted 9,000 keys from SESSIONS (local, shop). 1,000 keys not found." */
function deletedText({ done, missing = 0 }: DeleteOutcome, where: string): string {
  const text = vscode.l10n.t('Deleted {0} from {1}.', keyCount(Math.max(0, done - missing)), where);
  return missing > 0 ? `${text} ${notFoundText(missing)}` : text;
}

const notFoundText = (missing: number): string => vscode.l10n.t('{0} not found.', keyCount(missing));

function detail(
  keys: readonly string[],
  { count, bytes, damaged }: DeletionLook,
  { isRemote, canUndo }: { readonly isRemote: boolean; readonly canUndo: boolean },
  { settings }: Services,
): string {
  const size = canUndo && keys.length > 100 ? `${vscode.l10n.t('The backup is {0}.', byteSize(bytes))} ` : '';
  const missing = keys.length - count;
  const lines = [
    `${someKeys(keys)}.`,
    missing > 0 ? notFoundText(missing) : '',
    isRemote ? costText({ deletes: keys.length }) : '',
    isRemote && keys.length < WORTH_DELETING ? staysHere('delete', secondsOf(keys.length)) : '',
    `${size}${undoNote(canUndo, settings)}`,
    damagedNote(damaged),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** The time to delete keys, including reading them first for the backup. */
const secondsOf = (keys: number): number => estimate({ reads: keys, deletes: keys }).seconds;

const button = (count: number): string =>
  count === 1 ? vscode.l10n.t('Delete 1 Key') : vscode.l10n.t('Delete {0} Keys', countText(count));
