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

/** Lines are collected up to so many characters before they go to the disk. */
const CHUNK = 1 << 20;
/** Where the store itself does not wait for the disk, the journal does so often, in milliseconds. */
const SYNC_MS = 200;

/** Keeps what goes before it goes, and notes what became of it. */
export interface Recorder {
  /** Id of what is recorded; absent where nothing could be kept. */
  readonly id: string | undefined;
  /**
   * Resolves to how many of the lines are kept, from the first on: there is no room for more. Rejects with none kept.
   */
  keep(lines: readonly JournalLine[]): Promise<number>;
  /** What became of the lines since the last mark. */
  mark(mark: JournalMark): Promise<void>;
}

export interface JournalCounts {
  /** Keys that were, or may have been, changed. */
  readonly keys: number;
  /** Of these, the keys of which it is not certain. */
  readonly uncertain: number;
}

export interface JournalTarget {
  readonly head: JournalHead;
  /** Where it stands while it is written. */
  readonly path: string;
  /** Where it stands afterwards, by what it holds; `undefined` removes it. */
  readonly ended: (counts: JournalCounts, end: JournalEnd) => Promise<string | undefined>;
  /** Most bytes. */
  readonly bytes: number;
  /** Whether every batch waits for the disk. */
  readonly isDurable: boolean;
  /** What earlier starts have left, and in which file, when it goes on with their journal. */
  readonly earlier?: JournalCounts & { readonly path: string; readonly started: Moment };
  /** Resolves to whether it stays. */
  readonly onEnd: () => Promise<boolean>;
  /** That of now, for the order of writes of several changes: never goes back. */
  readonly moment: () => Moment;
  /** For the time between two waits for the disk. */
  readonly timing: Pick<Timing, 'now'>;
}

/** The journal of one operation, from its begin to its end. */
export class JournalWriter implements Recorder {
  readonly #target: JournalTarget;
  readonly #file: FileHandle;
  /** Marks that the disk has not taken yet: they come before anything else, or they would tell of other lines. */
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

  /** Rejects when it cannot be made: nothing was changed. */
  static async create(target: JournalTarget, first: JournalRecord): Promise<JournalWriter> {
    const { path, earlier } = target;
    try {
      const file = await open(earlier?.path ?? path, earlier ? ADDING : 'ax', 0o600);
      try {
        if (earlier) await withoutHalfLine(file);
        const writer = new JournalWriter(target, file);
        // At once: whoever looks for the journals of a source knows this one by its head.
        await writer.#write(recordText(first));
        await writer.#sync(target.isDurable);
        // After it: under the name of what is written, it is known by whom.
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

  /** Keys that were, or may have been, changed. */
  get keys(): number {
    return this.#keys;
  }

  /** It can be taken back by: false once nothing of it stays after its end. */
  get isKept(): boolean {
    return this.#isKept && this.#keys > 0;
  }

  /** On the disk. */
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
    // Without it the batch counts as one that may have been written, which is what it is.
    await this.#write('').catch(() => {});
  }

  /** Ends it; never rejects, for the work is done. Harmless a second time. */
  async end(end: JournalEnd): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { path, earlier, ended, moment, onEnd } = this.#target;
    const name = await ended({ keys: this.#keys, uncertain: this.#uncertain }, end);
    try {
      await this.#write(recordText({ end, ended: moment(), ...(earlier && { started: earlier.started }) }));
      if (name !== undefined) await this.#sync(true);
    } catch {
      // The name tells the same.
    }
    await this.#file.close().catch(() => {});
    if (name === undefined) {
      this.#isKept = false;
      await rm(path, { force: true }).catch(() => {});
    } else {
      // Under its old name it can be taken back, too.
      await rename(path, name).catch((error: unknown) => {
        this.#isKept = !isFileMissing(error);
      });
    }
    if (!(await onEnd())) this.#isKept = false;
  }

  /** As many as there is room for. */
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

  /** Whole records; of a write that failed nothing stays. */
  async #write(text: string): Promise<void> {
    const bytes = Buffer.from(this.#owed + text);
    if (bytes.length === 0) return;
    // Another window may have noted there what it has taken back.
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
