import { KvError } from '../../core/base/errors.ts';
import type { Operation } from '../../core/change/keyChange.ts';
import type { KvEntry } from '../../core/entry/entry.ts';
import { entryDigest } from '../../core/entry/entryDigest.ts';
import type { Services } from '../../services.ts';
import { askWrite, changesNothing, type Planned } from './askWrite.ts';
import { type Listed, placeOf } from './findNamespace.ts';
import { jsonResult } from './result.ts';

/** A planned write, with the function that makes the entry at the time of writing. */
export interface Write extends Planned {
  readonly operation: Operation;
  readonly entryNow: () => KvEntry | undefined;
  /** "written", "deleted". */
  readonly done: string;
  /** What to tell the model if the key already is as wanted. */
  readonly nothingToDo: string;
  /** Throws if KV would refuse the write because of what is stored. */
  readonly check?: () => void;
}

/**
 * Asks the user, writes in the usual way, and tells the model the outcome. What an account holds is told only after the
 * user has agreed, so anything that depends on it waits for the answer.
 */
export async function write(
  listed: Listed,
  { operation, entryNow, done, nothingToDo, check, ...planned }: Write,
  services: Services,
  signal: AbortSignal,
): Promise<string> {
  const { key, before } = planned;
  const place = { ...placeOf(listed), key };
  const left = (reason: string): string => jsonResult({ ...place, [done]: false, reason });
  const isSettled = (): boolean => {
    check?.();
    return changesNothing(planned);
  };
  const isPrivate = listed.source.kind === 'remote';
  if (!isPrivate && isSettled()) return left(nothingToDo);
  const { isAgreed, canUndo } = await askWrite(listed, planned, services);
  if (!isAgreed) return left('The user declined. Do not try again unless they ask for it.');
  if (isPrivate && isSettled()) return left(nothingToDo);
  const seen = entryDigest(before);
  const { undo } = await services.changes.one(
    operation,
    {
      key,
      decide(now) {
        if (entryDigest(now) !== seen) throw changedMeanwhile(key);
        const entry = entryNow();
        return entry ? { entry } : 'delete';
      },
    },
    { signal, isKeepingRequired: canUndo },
  );
  const wayBack =
    undo === undefined
      ? 'This cannot be undone.'
      : `The command cloudflareKv.undo with { "id": "${undo}" } takes this back; for the user it is “Cloudflare KV: Undo Last Change”.`;
  return jsonResult({ ...place, [done]: true, undo: wayBack });
}

const changedMeanwhile = (key: string): KvError =>
  new KvError(
    'conflict',
    `${JSON.stringify(key)} was left alone: it was changed elsewhere while the user was asked. Read it again first.`,
  );
