import { createHash } from 'node:crypto';
import { realTiming } from '../../base/timing.ts';
import type { Operation, ResumableWork, Work } from '../keyChange.ts';
import { claim } from './claim.ts';
import { notKept, stillRunning, undoneAlready } from './errors.ts';
import { firstNames, type JournalEnd, type JournalHead, type JournalLine, sessionText } from './format.ts';
import type { JournalFolder } from './journalFolder.ts';
import type { JournalIds } from './journalIds.ts';
import { type JournalOptions, mostBytes } from './journalInfo.ts';
import { type JournalCounts, JournalWriter, type Recorder } from './journalWriter.ts';
import type { Owner } from './owner.ts';
import type { RunningOperations } from './runningOperations.ts';
import type { SessionFile } from './sessionFile.ts';
import type { Resumable, UnfinishedWorks } from './unfinishedWorks.ts';

export interface BeginOptions {
  /** What is needed to resume it; absent if the change can only be undone. */
  readonly work?: ResumableWork | undefined;
  /** Id of the journal of an earlier run of the same work. */
  readonly earlier?: string | undefined;
  /** Whether the store's writes are on disk at once, so that the journal must be there first. */
  readonly isDurable: boolean;
}

export interface JournalOpeningParts {
  readonly folder: JournalFolder;
  readonly session: SessionFile;
  readonly options: JournalOptions;
  readonly ids: JournalIds;
  readonly own: Owner;
  readonly tick: () => string;
  readonly running: RunningOperations;
  readonly unfinishedWorks: UnfinishedWorks;
  /** Whether this window is undoing it. */
  readonly isUsed: (id: string) => boolean;
  /** The label under which the user knows an operation. */
  readonly labelOf: (id: string) => Promise<string | undefined>;
  /** Called when a journal has ended. Must not remove that journal to make room. */
  readonly onEnd: (id: string) => Promise<void>;
}

/**
 * A larger change, in bytes, gets its own file: lines of a session's file are read whole and written in a single call,
 * so that two windows cannot interleave.
 */
const LARGEST_SINGLE = 400_000;

/** Opens journals for writing. */
export class JournalOpening {
  readonly #parts: JournalOpeningParts;

  constructor(parts: JournalOpeningParts) {
    this.#parts = parts;
  }

  /** Begins a journal, or continues the one of an `earlier` run of the same work. Rejects if it cannot. */
  async begin(operation: Operation, options: BeginOptions): Promise<JournalWriter> {
    const { folder, unfinishedWorks } = this.#parts;
    const { earlier } = options;
    try {
      await folder.make();
      if (earlier === undefined) return await this.#start(operation, options);
      return await this.#claiming(earlier, async () => {
        const known = await unfinishedWorks.resumable(earlier);
        return await (known ? this.#resume(known, options) : this.#start(operation, options));
      });
    } catch (error) {
      throw notKept(error);
    }
  }

  /**
   * Records a change of a few keys in the session's file, or in its own file if it is large. Keeps all lines or none.
   */
  single(operation: Operation, { isDurable }: Pick<BeginOptions, 'isDurable'>): Recorder {
    const { folder, session, options, running } = this.#parts;
    let head: JournalHead | undefined;
    let own: JournalWriter | undefined;
    let path: string | undefined;
    return {
      get id() {
        return own ? (own.isKept ? own.id : undefined) : path === undefined ? undefined : head?.id;
      },
      keep: async (lines) => {
        // Created only now: its time must be later than that of the changes that it builds on.
        head = this.#headOf(operation);
        const text = sessionText({ op: head, lines });
        if (text.length > mostBytes(options)) return 0;
        if (text.length > LARGEST_SINGLE) {
          own = await this.#keepAlone(operation, lines, isDurable);
          return own ? lines.length : 0;
        }
        running.begin(head);
        try {
          path = await session.begin(head.id, text, isDurable);
        } catch (error) {
          running.end(head.id);
          throw notKept(error);
        }
        return lines.length;
      },
      mark: async (mark) => {
        if (own) {
          await own.mark(mark);
          await own.end('whole');
        }
        if (path === undefined || head === undefined) return;
        // Without its mark, the change counts as one that may have been made.
        await session.add(path, { of: head.id, mark }).catch(() => {});
        const { id } = head;
        if (await this.#isForgotten(id)) {
          // If this fails, the next tidying removes it.
          await session
            .rewrite(path, new Set([id]))
            .then(() => folder.endForgotten(id))
            .catch(() => {});
          path = undefined;
        }
        running.end(id);
      },
    };
  }

  /** Whether its removal was requested, in this or another window. */
  async #isForgotten(id: string): Promise<boolean> {
    return this.#parts.running.isForgotten(id) || (await this.#parts.folder.isForgotten(id));
  }

  #headOf({ kind, namespace, label }: Operation, work?: ResumableWork): JournalHead {
    const { ids, own, tick } = this.#parts;
    return {
      version: 2,
      ...ids.next(),
      tick: tick(),
      kind,
      source: namespace.source,
      namespace: namespace.id,
      label,
      owner: own,
      ...(work && { work: { ...work, id: workId(work) } }),
    };
  }

  async #start(
    operation: Operation,
    { work, isDurable, names }: BeginOptions & Pick<JournalHead, 'names'>,
  ): Promise<JournalWriter> {
    const head = { ...this.#headOf(operation, work), ...(names && { names }) };
    return await this.#write(head, () => JournalWriter.create({ ...this.#target(head), isDurable }, { head }));
  }

  async #resume({ file, head, counts }: Resumable, { work, isDurable }: BeginOptions): Promise<JournalWriter> {
    const { own } = this.#parts;
    const target = this.#target(head);
    const started = target.moment();
    const { since, ahead, total } = work ?? {};
    const start = {
      owner: own,
      ...started,
      ...(since !== undefined && { since }),
      ...(ahead !== undefined && { ahead }),
      ...(total !== undefined && { total }),
    };
    const earlier = { ...counts, path: file.path, started };
    return await this.#write(head, () => JournalWriter.create({ ...target, isDurable, earlier }, { start }));
  }

  #target(head: JournalHead) {
    const { folder, options, ids, tick, running, onEnd } = this.#parts;
    return {
      head,
      path: folder.openPath(head.id),
      bytes: mostBytes(options),
      moment: () => ({ at: ids.moment(), tick: tick() }),
      timing: options.timing ?? realTiming,
      ended: async (counts: JournalCounts, end: JournalEnd) =>
        counts.keys === 0 || (await this.#isForgotten(head.id)) ? undefined : folder.endedPath(head.id, counts, end),
      onEnd: async () => {
        running.end(head.id);
        await onEnd(head.id);
        // Another window may have needed the room.
        return await folder.find(head.id).then(
          (file) => file !== undefined,
          () => true,
        );
      },
    };
  }

  /** The operation counts as running from here until it ends. */
  async #write(head: JournalHead, create: () => Promise<JournalWriter>): Promise<JournalWriter> {
    const { running } = this.#parts;
    running.begin(head);
    try {
      return await create();
    } catch (error) {
      running.end(head.id);
      throw error;
    }
  }

  /** Uses a separate file for one change; `undefined` if there is not enough room for all of it. */
  async #keepAlone(
    operation: Operation,
    lines: readonly JournalLine[],
    isDurable: boolean,
  ): Promise<JournalWriter | undefined> {
    await this.#parts.folder.make();
    const writer = await this.#start(operation, { isDurable, names: firstNames(lines) });
    try {
      const kept = await writer.keep(lines);
      if (kept === lines.length) return writer;
      await writer.mark({ failed: lines.slice(0, kept).map(({ key }) => key) });
    } catch (error) {
      await writer.end('whole');
      throw error;
    }
    await writer.end('whole');
    return undefined;
  }

  /** Only one window at a time may continue a journal. Throws `busy`. */
  async #claiming<T>(id: string, work: () => Promise<T>): Promise<T> {
    const { folder, options, isUsed, labelOf } = this.#parts;
    if (isUsed(id)) throw undoneAlready();
    const release = await claim(folder.claimPath(id), options);
    if (release === undefined) throw stillRunning((await labelOf(id)) ?? '');
    try {
      return await work();
    } finally {
      await release();
    }
  }
}

/** The id of work, always the same for the same work. */
export const workId = ({ command, args }: Work): string =>
  createHash('sha256')
    .update(JSON.stringify([command, args]))
    .digest('hex')
    .slice(0, 32);
