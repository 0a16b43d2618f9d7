import { stillRunning } from './errors.ts';
import type { JournalHead } from './format.ts';
import type { JournalFolder } from './journalFolder.ts';
import { timeOf } from './journalIds.ts';
import { type JournalOptions, oldestKept, type UnfinishedWork } from './journalInfo.ts';
import type { JournalCounts } from './journalWriter.ts';
import { headIn, type JournalFile, traceOf } from './reading.ts';
import type { RunningOperations } from './runningOperations.ts';

/** A journal that can be continued. */
export interface Resumable {
  readonly file: JournalFile;
  readonly head: JournalHead;
  readonly counts: JournalCounts;
}

/** The work that stopped before its end. */
export class UnfinishedWorks {
  readonly #folder: JournalFolder;
  readonly #options: JournalOptions;
  readonly #running: RunningOperations;

  constructor(folder: JournalFolder, options: JournalOptions, running: RunningOperations) {
    this.#folder = folder;
    this.#options = options;
    this.#running = running;
  }

  /** Oldest first. */
  async all(isWanted: (head: JournalHead) => boolean = () => true): Promise<UnfinishedWork[]> {
    const works: UnfinishedWork[] = [];
    /** Ids of works that were begun anew since, and done. */
    const done = new Set<string>();
    const oldest = oldestKept(this.#options);
    await this.#folder.each(async (file) => {
      if (file.kind === 'session' || timeOf(file.id) < oldest) return;
      const head = await headIn(file);
      if (!head?.work) return;
      if (file.kind === 'whole') done.add(head.work.id);
      if (file.kind === 'whole' || done.has(head.work.id) || !isWanted(head)) return;
      const trace = await traceOf(file);
      const isRunning = file.kind === 'open' && (await this.#running.isRunning(head.id, trace.owner));
      if (isRunning || (file.kind === 'open' && trace.end === 'whole')) return;
      const isRefused = trace.end === 'refused';
      // What was interrupted before this start has come to its end with it.
      if (isRefused) done.add(head.work.id);
      const { command, args, title, total } = head.work;
      works.push({
        command,
        args,
        title,
        total,
        done: trace.done,
        id: head.id,
        at: trace.since ?? head.at,
        sources: [...new Set([head.source, ...sourcesIn(args)])],
        isRefused,
        isUndoable: trace.keys > 0,
        needsNotice: file.kind === 'open' && !trace.isNotified && !isRefused,
      });
    });
    return works.reverse();
  }

  /** The journal of a work; throws `busy` while it is written. */
  async resumable(id: string): Promise<Resumable | undefined> {
    const file = (await this.#folder.files()).find((one) => one.id === id && one.kind !== 'session');
    const head = file && (await headIn(file));
    // A journal that no longer exists, or one of a version before journals, cannot be continued.
    if (!file || head?.version !== 2) return undefined;
    const { keys, uncertain, owner } = await traceOf(file);
    if (file.kind === 'open' && (await this.#running.isRunning(id, owner))) throw stillRunning(head.label);
    return { file, head, counts: { keys, uncertain } };
  }

  async noteNotified(id: string): Promise<void> {
    const file = await this.#folder.find(id);
    if (file) await this.#folder.add(file, { notified: true }).catch(() => {});
  }

  async noteWhole(id: string): Promise<void> {
    const known = await this.resumable(id).catch(() => undefined);
    if (!known) return;
    if (known.counts.keys === 0) await this.#folder.remove(known.file);
    else await this.#folder.endWhole(known.file, known.counts).catch(() => {});
  }
}

/** The ids of sources anywhere in the arguments. */
function sourcesIn(args: unknown): string[] {
  if (typeof args !== 'object' || args === null) return [];
  return Object.entries(args).flatMap(([field, value]) =>
    field === 'source' && typeof value === 'string' ? value : sourcesIn(value),
  );
}
