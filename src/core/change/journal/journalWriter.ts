import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { isFileMissing } from '../../base/errno.ts';
import type { Timing } from '../../base/timing.ts';
import { ADDING, withoutHalfLine } from './addTo.ts';
import { gone, notKept } from './errors.ts';
import {
  type JournalEnd,
  type JournalHead,
  type JournalLine,
  type JournalMark,
  type JournalRecord,
  recordText,
} from './format.ts';
import type { Moment } from './moment.ts';

/** Lines are buffered up to this many characters before they are written to disk. */
const CHUNK = 1 << 20;
/** If the store itself does not wait for the disk, the journal is flushed at this interval, in milliseconds. */
const SYNC_MS = 200;

/** Keeps the old state of keys before they are changed, and records the outcome. */
export interface Recorder {
  /** Id of the recorded change; absent if nothing could be kept. */
  readonly id: string | undefined;
  /**
   * Resolves to how many of the lines were kept, starting with the first; fewer than all if there is not enough room.
   * Rejects if none were kept.
   */
  keep(lines: readonly JournalLine[]): Promise<number>;
  /** Records the outcome of the lines since the last mark. */
  mark(mark: JournalMark): Promise<void>;
}

export interface JournalCounts {
  /** Number of keys that were changed, or may have been. */
  readonly keys: number;
  /** Number of those for which that is not certain. */
  readonly uncertain: number;
}

export interface JournalTarget {
  readonly head: JournalHead;
  /** Its path while it is written. */
  readonly path: string;
  /** Resolves to its path afterwards, depending on its content; `undefined` removes it. */
  readonly ended: (counts: JournalCounts, end: JournalEnd) => Promise<string | undefined>;
  /** The size limit in bytes. */
  readonly bytes: number;
  /** Whether every batch waits until it is on disk. */
  readonly isDurable: boolean;
  /** If this continues a journal: the counts and the path that earlier runs have left, and when it was continued. */
  readonly earlier?: JournalCounts & { readonly path: string; readonly started: Moment };
  /** Called when the journal has ended. Resolves to whether it still exists. */
  readonly onEnd: () => Promise<boolean>;
  /** Returns the current moment, which orders the writes of several changes. It never goes back. */
  readonly moment: () => Moment;
  /** Measures the time between two flushes. */
  readonly timing: Pick<Timing, 'now'>;
}

/** The journal of one operation, from its beginning to its end. */
export class JournalWriter implements Recorder {
  readonly #target: JournalTarget;
  readonly #file: FileHandle;
  /** Marks that could not be written yet. They must precede anything else, or they would apply to other lines. */
  #owed = '';
  #bytes = 0;
  #keys: number;
  #uncertain: number;
  #isKept = true;
  #syncedAt = Number.NEGATIVE_INFINITY;
  #isEnded = false;

  private constructor(target: JournalTarget, file: FileHandle) {
    this.#target = target;
    this.#file = file;
    this.#keys = target.earlier?.keys ?? 0;
    this.#uncertain = target.earlier?.uncertain ?? 0;
  }

  /** Rejects if it cannot be created; nothing was changed then. */
  static async create(target: JournalTarget, first: JournalRecord): Promise<JournalWriter> {
    const { path, earlier } = target;
    try {
      const file = await open(earlier?.path ?? path, earlier ? ADDING : 'ax', 0o600);
      try {
        if (earlier) await withoutHalfLine(file);
        const writer = new JournalWriter(target, file);
        // Written at once, because the head tells others which source the journal belongs to.
        await writer.#write(recordText(first));
        await writer.#sync(target.isDurable);
        // Renamed only after that, so that a file with the name of a running journal always tells its owner.
        if (earlier && earlier.path !== path) await rename(earlier.path, path);
        return writer;
      } catch (error) {
        await file.close().catch(() => {});
        if (!earlier) await rm(path, { force: true }).catch(() => {});
        throw error;
      }
    } catch (error) {
      throw notKept(error);
    }
  }

  get id(): string {
    return this.#target.head.id;
  }

  /** Number of keys that were changed, or may have been. */
  get keys(): number {
    return this.#keys;
  }

  /** Whether the change can be undone with it; false if the journal is not kept after its end. */
  get isKept(): boolean {
    return this.#isKept && this.#keys > 0;
  }

  /** Size on disk. */
  get bytes(): number {
    return this.#bytes;
  }

  async keep(lines: readonly JournalLine[]): Promise<number> {
    let start = this.#bytes;
    try {
      await this.#write('');
      start = this.#bytes;
      const kept = await this.#writeLines(lines);
      await this.#sync(true);
      this.#keys += kept;
      return kept;
    } catch (error) {
      await this.#cutTo(start);
      throw notKept(error);
    }
  }

  async mark(mark: JournalMark): Promise<void> {
    this.#keys -= mark.failed?.length ?? 0;
    this.#uncertain += mark.uncertain?.length ?? 0;
    this.#owed += recordText({ mark });
    // Without its mark, the batch counts as one that may have been written, which is true.
    await this.#write('').catch(() => {});
  }

  /** Ends the journal. Never rejects, because the work is done. May be called more than once. */
  async end(end: JournalEnd): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { path, earlier, ended, moment, onEnd } = this.#target;
    const name = await ended({ keys: this.#keys, uncertain: this.#uncertain }, end);
    try {
      await this.#write(recordText({ end, ended: moment(), ...(earlier && { started: earlier.started }) }));
      if (name !== undefined) await this.#sync(true);
    } catch {
      // The name of the file says the same.
    }
    await this.#file.close().catch(() => {});
    if (name === undefined) {
      this.#isKept = false;
      await rm(path, { force: true }).catch(() => {});
    } else {
      // With its old name, it can be used for Undo too.
      await rename(path, name).catch((error: unknown) => {
        this.#isKept = !isFileMissing(error);
      });
    }
    if (!(await onEnd())) this.#isKept = false;
  }

  /** Writes as many lines as there is room for. */
  async #writeLines(lines: readonly JournalLine[]): Promise<number> {
    let kept = 0;
    let texts: string[] = [];
    let length = 0;
    for (const line of lines) {
      const text = recordText({ line: kept > 0 ? line : { ...line, ...this.#target.moment() } });
      if (this.#bytes + length + text.length > this.#target.bytes) break;
      texts.push(text);
      length += text.length;
      kept++;
      if (length < CHUNK) continue;
      await this.#write(texts.join(''));
      [texts, length] = [[], 0];
    }
    if (length > 0) await this.#write(texts.join(''));
    return kept;
  }

  /** Writes whole records. If it fails, removes what was written. */
  async #write(text: string): Promise<void> {
    const bytes = Buffer.from(this.#owed + text);
    if (bytes.length === 0) return;
    // Another window may have recorded an undo there.
    const { size, nlink } = await this.#file.stat();
    if (nlink === 0) throw gone();
    try {
      await this.#file.appendFile(bytes);
    } catch (error) {
      await this.#cutTo(size);
      throw error;
    }
    this.#owed = '';
    this.#bytes = size + bytes.length;
  }

  async #cutTo(bytes: number): Promise<void> {
    this.#bytes = bytes;
    await this.#file.truncate(bytes).catch(() => {});
  }

  async #sync(isWanted: boolean): Promise<void> {
    const { isDurable, timing } = this.#target;
    if (!isWanted || (!isDurable && timing.now() - this.#syncedAt < SYNC_MS)) return;
    await this.#file.datasync();
    this.#syncedAt = timing.now();
  }
}
