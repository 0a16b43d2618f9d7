import type { Timing } from '../../base/timing.ts';
import type { ResumableWork } from '../keyChange.ts';
import type { JournalHead } from './format.ts';

/** Read at every use, so that getters can follow the settings. */
export interface JournalOptions {
  /** Journals older than this many days are removed; at least 1. */
  readonly days: number;
  /** The limit for all journals together, in units of 1,000,000 bytes; with 0, none can be made. */
  readonly megabytes: number;
  /** Unix milliseconds, like the times of files. */
  readonly clock: () => number;
  /** The real timing by default. */
  readonly timing?: Pick<Timing, 'now' | 'sleep'>;
}

/**
 * `running`: its operation has not ended. `interrupted`: its process is gone. `left`: it ended before everything was
 * done.
 */
export type JournalState = 'running' | 'interrupted' | 'left' | 'whole';

/** A change that can be undone. */
export interface JournalInfo extends Omit<JournalHead, 'version' | 'owner'> {
  /** When it was begun, or last continued; together with `tick`. */
  readonly at: number;
  /** How many keys were, or may have been, changed. */
  readonly keys: number;
  /** The number of those for which that is not certain. */
  readonly uncertain: number;
  /** The first three keys; only for changes of a few keys. */
  readonly names: readonly string[];
  /** Size on disk. */
  readonly bytes: number;
  readonly state: JournalState;
}

/** Whether this is the head of a different change of the same namespace. */
export const isOfOtherChange = ({ id, source, namespace }: JournalInfo, head: JournalHead): boolean =>
  head.id !== id && head.source === source && head.namespace === namespace;

/** Work that stopped before it was complete. */
export interface UnfinishedWork extends ResumableWork {
  /** Id of its journal, for undoing and resuming it. */
  readonly id: string;
  /** Ids of the sources that it reads from or writes to. */
  readonly sources: readonly string[];
  /** Number of keys that it has finished. */
  readonly done: number;
  /** When it began, or started over, in Unix milliseconds. */
  readonly at: number;
  /** It went through to its end, and the rest was refused; that is tried again only if the user asks for it. */
  readonly isRefused: boolean;
  /** Whether any key was changed, or may have been. */
  readonly isUndoable: boolean;
  /** Its window was closed or crashed, and the user has not been told yet. */
  readonly needsNotice: boolean;
}

const DAY = 86_400_000;
const MEGABYTE = 1_000_000;

/** The most bytes of all journals together, and so of a single one. */
export const mostBytes = ({ megabytes }: JournalOptions): number => megabytes * MEGABYTE;

/** Journals last written before this time, in Unix milliseconds, count as gone. */
export const oldestKept = ({ clock, days }: JournalOptions): number => clock() - Math.max(1, days) * DAY;
