import { stat } from 'node:fs/promises';
import { stillRunning } from './errors.ts';
import type { JournalHead } from './format.ts';
import type { JournalFolder } from './journalFolder.ts';
import { type JournalOptions, oldestKept, type UnfinishedWork } from './journalInfo.ts';
import type { JournalCounts } from './journalWriter.ts';
import { type Moment, newestFirst } from './moment.ts';
import { headIn, type JournalFile, lastRecordsIn, traceOf } from './reading.ts';
import type { RunningOperations } from './runningOperations.ts';

/** A journal that can be continued. */
export interface Resumable {
  readonly file: JournalFile;
  readonly head: JournalHead;
  readonly counts: JournalCounts;
}

/** What a journal says about its work. `left` is only there if the work stopped before it was complete. */
interface Start extends Moment {
  readonly id: string;
  readonly workId: string;
  readonly left?: UnfinishedWork | undefined;
  readonly isWhole: boolean;
}

/** The work that stopped before it was complete. */
export class UnfinishedWorks {
  readonly #folder: JournalFolder;
  readonly #options: JournalOptions;
  readonly #running: RunningOperations;
  /** Returns the current moment. */
  readonly #moment: () => Moment;

  constructor(folder: JournalFolder, options: JournalOptions, running: RunningOperations, moment: () => Moment) {
    this.#folder = folder;
    this.#options = options;
    this.#running = running;
    this.#moment = moment;
  }

  /** Oldest first. */
  async all(isWanted: (head: JournalHead) => boolean = () => true): Promise<UnfinishedWork[]> {
    const starts: Start[] = [];
    const oldest = oldestKept(this.#options);
    await this.#folder.each(async (file) => {
      if (file.kind === 'session' || (await stat(file.path)).mtimeMs < oldest) return;
      const head = await headIn(file);
      if (head?.work) starts.push(await this.#start(file, head, head.work, isWanted(head)));
    });
    const works: UnfinishedWork[] = [];
    /** Ids of works that a later start has completed. */
    const done = new Set<string>();
    for (const { workId, left, isWhole } of newestFirst(starts, this.#moment())) {
      if (left && !done.has(workId)) works.push(left);
      // A start that went through to its end also completes the earlier, interrupted starts of the same work.
      if (isWhole || left?.isRefused) done.add(workId);
    }
    return works.reverse();
  }

  async #start(
    file: JournalFile,
    head: JournalHead,
    work: NonNullable<JournalHead['work']>,
    isWanted: boolean,
  ): Promise<Start> {
    const { id } = head;
    const start = { id, workId: work.id, at: head.at, tick: head.tick };
    if (file.kind === 'whole') return { ...start, ...(await lastRecordsIn(file)).started, isWhole: true };
    const trace = await traceOf(file);
    const { started, end, since, ahead, done, total, keys } = trace;
    const isOpen = file.kind === 'open';
    const isRunning = isOpen && (await this.#running.isRunning(id, trace.owner));
    const isOver = isRunning || (isOpen && end === 'whole');
    const isRefused = end === 'refused';
    const { command, args, title } = work;
    const left: UnfinishedWork = {
      command,
      args,
      title,
      total,
      done,
      id,
      at: since ?? head.at,
      ...(ahead !== undefined && { ahead }),
      sources: [...new Set([head.source, ...sourcesIn(args)])],
      isRefused,
      isUndoable: keys > 0,
      needsNotice: isOpen && !trace.isNotified && !isRefused,
    };
    return { ...start, ...started, ...(!isOver && isWanted && { left }), isWhole: false };
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
    // This fails if the file was renamed meanwhile, because another window continues the work.
    if (known.counts.keys === 0) await this.#folder.remove(known.file).catch(() => {});
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
