import type { Timing } from '../../base/timing.ts';
import type { ResumableWork } from '../keyChange.ts';
import type { JournalHead } from './format.ts';

/** Read at every use, so getters keep up with settings. */
export interface JournalOptions {
  /** Journals older than this are removed; at least 1. */
  readonly days: number;
  /** All journals together, in units of 1,000,000 bytes; 0 lets none be made. */
  readonly megabytes: number;
  /** Milliseconds since 1970, as the times of files are. */
  readonly clock: () => number;
  /** The real one unless given. */
  readonly timing?: Pick<Timing, 'now' | 'sleep'>;
}

/**
 * `running`: its operation has not ended. `interrupted`: its process is gone. `left`: it ended before everything was
 * done.
 */
export type JournalState = 'running' | 'interrupted' | 'left' | 'whole';

/** A change that can be taken back. */
export interface JournalInfo extends Omit<JournalHead, 'version' | 'owner'> {
  /** With `tick`: when it was begun, or gone on with last. */
  readonly at: number;
  /** How many keys were, or may have been, changed. */
  readonly keys: number;
  /** Of these, the keys of which it is not certain. */
  readonly uncertain: number;
  /** The first three keys; only told of changes of single keys. */
  readonly names: readonly string[];
  /** Size on disk. */
  readonly bytes: number;
  readonly state: JournalState;
}

/** Whether this is the head of another change of the same namespace. */
export const isOfOtherChange = ({ id, source, namespace }: JournalInfo, head: JournalHead): boolean =>
  head.id !== id && head.source === source && head.namespace === namespace;

/** Work that stopped before its end. */
export interface UnfinishedWork extends ResumableWork {
  /** Id of its journal, by which it can be undone and resumed. */
  readonly id: string;
  /** Ids of the sources that it reads or writes. */
  readonly sources: readonly string[];
  /** Keys that are behind it. */
  readonly done: number;
  /** When it began, or began anew, in milliseconds since 1970. */
  readonly at: number;
  /** It went through to its end: what is not done was refused, and is to be tried again only when somebody says so. */
  readonly isRefused: boolean;
  /** Whether any key was, or may have been, changed. */
  readonly isUndoable: boolean;
  /** Its window was closed or broke down, and nobody has been told yet. */
  readonly needsNotice: boolean;
}

const DAY = 86_400_000;
const MEGABYTE = 1_000_000;

/** Most bytes of all journals together, and so of one. */
export const mostBytes = ({ megabytes }: JournalOptions): number => megabytes * MEGABYTE;

/** What was written last before this moment counts as gone, in milliseconds since 1970. */
export const oldestKept = ({ clock, days }: JournalOptions): number => clock() - Math.max(1, days) * DAY;
