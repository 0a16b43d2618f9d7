import { stat } from 'node:fs/promises';
import { isShortage } from '../../base/errno.ts';
import { isDamagedJournal, noSuchChange, unusable } from './errors.ts';
import { firstNames, type JournalHead } from './format.ts';
import type { JournalFolder } from './journalFolder.ts';
import { type JournalInfo, type JournalOptions, oldestKept } from './journalInfo.ts';
import type { JournalCounts } from './journalWriter.ts';
import { type Moment, newestFirst } from './moment.ts';
import {
  headIn,
  type JournalFile,
  lastRecordsIn,
  openCounts,
  type SessionChange,
  sessionChanges,
  type TracedLine,
  tracedChange,
  tracedLines,
  traceOf,
  type UndoneLines,
  undoneIn,
} from './reading.ts';
import type { RunningOperations } from './runningOperations.ts';

interface Bound extends JournalCounts {
  readonly isUpperBound: boolean;
}

/** Lists the journals and reads their lines. */
export class JournalList {
  readonly #folder: JournalFolder;
  readonly #options: JournalOptions;
  readonly #running: RunningOperations;
  /** The current moment. */
  readonly #moment: () => Moment;
  /** What was counted in files, by id and for one state of the file. */
  readonly #counted = new Map<string, { readonly state: string; readonly counts: JournalCounts }>();

  constructor(folder: JournalFolder, options: JournalOptions, running: RunningOperations, moment: () => Moment) {
    this.#folder = folder;
    this.#options = options;
    this.#running = running;
    this.#moment = moment;
  }

  /** Newest first. Skips what cannot be read. */
  async infos(): Promise<JournalInfo[]> {
    return (await this.#all()).infos;
  }

  /** Like {@link infos}, but rejects while a journal cannot be read for the moment: the newest may be in that one. */
  async complete(): Promise<JournalInfo[]> {
    const { infos, failure } = await this.#all();
    if (isShortage(failure)) throw unusable(failure);
    return infos;
  }

  /**
   * Resolves to `undefined` only if there is certainly no such change: rejects if it is not found while a journal
   * cannot be read, because it may be in that one. Also rejects while a journal cannot be read for the moment, because
   * that one may hold later changes of the same keys.
   */
  async find(id: string): Promise<JournalInfo | undefined> {
    const { infos, failure } = await this.#all();
    const info = infos.find((one) => one.id === id);
    if (failure !== undefined && (info === undefined || isShortage(failure))) throw unusable(failure);
    return info;
  }

  async #all() {
    const infos: JournalInfo[] = [];
    const failure = await this.#folder.each(async (file) => {
      infos.push(...(await (file.kind === 'session' ? this.#sessionInfos(file) : this.#operationInfos(file))));
    });
    return { infos: newestFirst(onceEach(infos), this.#moment()), failure };
  }

  /**
   * Returns a function that yields the lines of a journal, in the order in which the keys were changed. It can be
   * called several times and always yields the same state, even if another window undoes something meanwhile. Rejects
   * with `notFound` if there is no such journal.
   */
  async reader(id: string): Promise<() => AsyncGenerator<TracedLine>> {
    const change = await this.#sessionChange(id);
    if (change) {
      return async function* () {
        yield* tracedChange(change);
      };
    }
    const undone = await undoneIn(await this.#file(id)).catch((error: unknown) => {
      throw unusable(error);
    });
    return () => this.#lines(id, undone);
  }

  async *#lines(id: string, undone: UndoneLines): AsyncGenerator<TracedLine> {
    const file = await this.#file(id);
    try {
      yield* tracedLines(file, undone);
    } catch (error) {
      throw unusable(error);
    }
  }

  async #file(id: string): Promise<JournalFile> {
    const file = await this.#folder.find(id);
    if (file === undefined) throw noSuchChange();
    return file;
  }

  async #operationInfos(file: JournalFile): Promise<JournalInfo[]> {
    const head = await headIn(file);
    if (head === undefined) return [];
    const { size, mtimeMs } = await stat(file.path);
    if (mtimeMs < oldestKept(this.#options)) return [];
    const now = `${size} ${mtimeMs}`;
    const rest = { ...withoutOwner(head), bytes: size, names: head.names ?? [] };
    if (file.kind !== 'open') {
      const { started, isUpperBound } = await lastRecordsIn(file);
      const counts = await this.#counts(file, { ...file, isUpperBound }, now);
      return [{ ...rest, ...started, ...counts, state: file.kind === 'left' ? 'left' : 'whole' }];
    }
    const trace = await traceOf(file);
    const isRunning = await this.#running.isRunning(head.id, trace.owner);
    if (!isRunning && trace.keys === 0) return [];
    const counts = await this.#counts(file, trace, now);
    const state = trace.end === 'refused' ? 'left' : (trace.end ?? 'interrupted');
    return [{ ...rest, ...trace.started, ...counts, state: isRunning ? 'running' : state }];
  }

  /** Reads the file only if its own numbers may be too many, and only when it was changed since. */
  async #counts(file: JournalFile, { keys, uncertain, isUpperBound }: Bound, now: string): Promise<JournalCounts> {
    if (!isUpperBound) return { keys, uncertain };
    const known = this.#counted.get(file.id);
    if (known?.state === now) return known.counts;
    const counts = await openCounts(file).then(
      (open) => ({ keys: open.keys, uncertain: Math.min(uncertain, open.uncertain) }),
      (error: unknown) => {
        if (!isDamagedJournal(error)) throw error;
        return { keys, uncertain };
      },
    );
    this.#counted.set(file.id, { state: now, counts });
    return counts;
  }

  async #sessionInfos(file: JournalFile): Promise<JournalInfo[]> {
    const infos: JournalInfo[] = [];
    const oldest = oldestKept(this.#options);
    for (const change of (await sessionChanges(file)).values()) {
      const { head, mark } = change;
      if (head.at < oldest) continue;
      const open = [...tracedChange(change)].filter(({ isWritten }) => isWritten !== 'no');
      if (open.length === 0) continue;
      infos.push({
        ...withoutOwner(head),
        keys: open.length,
        uncertain: mark === undefined ? open.length : (mark.uncertain?.length ?? 0),
        names: firstNames(open),
        bytes: open.reduce((sum, { before }) => sum + (before?.value.length ?? 0), 0),
        state: (await this.#running.isGoingOn(change)) ? 'running' : 'whole',
      });
    }
    return infos;
  }

  async #sessionChange(id: string): Promise<SessionChange | undefined> {
    const found: SessionChange[] = [];
    const failure = await this.#folder.each(async (file) => {
      const change = file.kind === 'session' ? (await sessionChanges(file)).get(id) : undefined;
      if (change) found.push(change);
    });
    if (found.length === 0 && failure !== undefined && !(await this.#folder.find(id))) throw unusable(failure);
    return found.find(({ mark }) => mark !== undefined) ?? found[0];
  }
}

/**
 * A change may be in two files if another window replaced a session's file while the change was being added. Only the
 * file in which it was finally kept tells its outcome.
 */
function onceEach(infos: readonly JournalInfo[]): JournalInfo[] {
  const all = new Map<string, JournalInfo>();
  for (const info of infos) {
    const known = all.get(info.id);
    if (known === undefined || info.uncertain < known.uncertain) all.set(info.id, info);
  }
  return [...all.values()];
}

const withoutOwner = ({ owner: _, version: __, ...head }: JournalHead): Omit<JournalHead, 'owner' | 'version'> => head;
