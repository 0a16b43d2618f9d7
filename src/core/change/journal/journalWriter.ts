import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Timing } from '../../base/timing.ts';
import { ADDING } from './addTo.ts';
import { notKept } from './errors.ts';
import { type JournalHead, type JournalLine, type JournalMark, type JournalRecord, recordText } from './format.ts';

/** Lines are collected up to so many characters before they go to the disk. */
const CHUNK = 1 << 20;
/** Where the store itself does not wait for the disk, the journal does so often, in milliseconds. */
const SYNC_MS = 200;
const LF = 0x0a;

/** Keeps what goes before it goes, and notes what became of it. */
export interface Recorder {
  /** Id of what is recorded; absent where nothing could be kept. */
  readonly id: string | undefined;
  /** Resolves to how many of the lines are kept, from the first on: there is no room for more. Rejects with none kept. */
  keep(lines: readonly JournalLine[]): Promise<number>;
  /** What became of the lines since the last mark. */
  mark(mark: JournalMark): Promise<void>;
}

export interface JournalTarget {
  readonly head: JournalHead;
  /** Where it stands while it is written. */
  readonly path: string;
  /** Where it stands afterwards, by how many keys may have been changed; `undefined` removes it. */
  readonly ended: (keys: number, end: 'whole' | 'left') => string | undefined;
  /** Most bytes. */
  readonly bytes: number;
  /** Whether every batch waits for the disk. */
  readonly isDurable: boolean;
  /** Changed keys of earlier starts, when it goes on with their journal. */
  readonly earlier?: { readonly keys: number };
  readonly onEnd: () => Promise<void>;
  /** Milliseconds since 1970, for the order of writes of several changes. */
  readonly clock: () => number;
  /** For the time between two waits for the disk. */
  readonly timing: Pick<Timing, 'now'>;
}

/** The journal of one operation, from its begin to its end. */
export class JournalWriter implements Recorder {
  readonly #target: JournalTarget;
  readonly #file: FileHandle;
  /** Marks that the disk has not taken yet: they come before anything else, or they would tell of other lines. */
  #owed = '';
  #bytes: number;
  #keys: number;
  #syncedAt = Number.NEGATIVE_INFINITY;
  #isEnded = false;

  private constructor(target: JournalTarget, file: FileHandle, bytes: number) {
    this.#target = target;
    this.#file = file;
    this.#bytes = bytes;
    this.#keys = target.earlier?.keys ?? 0;
  }

  /** Rejects when it cannot be made: nothing was changed. */
  static async create(target: JournalTarget, first: JournalRecord): Promise<JournalWriter> {
    try {
      const file = await open(target.path, target.earlier ? ADDING : 'ax', 0o600);
      try {
        const bytes = target.earlier ? await withoutHalfLine(file) : 0;
        const writer = new JournalWriter(target, file, bytes);
        // At once: whoever looks for the journals of a source knows this one by its head.
        await writer.#write(recordText(first));
        await writer.#sync(target.isDurable);
        return writer;
      } catch (error) {
        await file.close().catch(() => {});
        if (!target.earlier) await rm(target.path, { force: true }).catch(() => {});
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
    this.#owed += recordText({ mark });
    // Without it the batch counts as one that may have been written, which is what it is.
    await this.#write('').catch(() => {});
  }

  /** Ends it; never rejects, for the work is done. Harmless a second time. */
  async end(end: 'whole' | 'left'): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { path, ended, onEnd } = this.#target;
    const name = ended(this.#keys, end);
    try {
      await this.#write(recordText({ end }));
      if (name !== undefined) await this.#sync(true);
    } catch {
      // The name tells the same.
    }
    await this.#file.close().catch(() => {});
    await (name === undefined ? rm(path, { force: true }) : rename(path, name)).catch(() => {});
    await onEnd();
  }

  /** As many as there is room for. */
  async #writeLines(lines: readonly JournalLine[]): Promise<number> {
    let kept = 0;
    let texts: string[] = [];
    let length = 0;
    for (const line of lines) {
      const text = recordText({ line: kept > 0 ? line : { ...line, at: this.#target.clock() } });
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
    try {
      await this.#file.appendFile(bytes);
    } catch (error) {
      await this.#cutTo(this.#bytes);
      throw error;
    }
    this.#owed = '';
    this.#bytes += bytes.length;
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

/** Cuts off what a process that broke down has left of a line; gives the length. */
async function withoutHalfLine(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const buffer = Buffer.alloc(1 << 16);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - buffer.length);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    const last = buffer.subarray(0, bytesRead).lastIndexOf(LF);
    if (last >= 0) {
      const whole = start + last + 1;
      if (whole < size) await file.truncate(whole);
      return whole;
    }
    end = start;
  }
  await file.truncate(0);
  return 0;
}
