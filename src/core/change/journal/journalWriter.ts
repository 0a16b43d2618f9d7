import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { notKept } from './errors.ts';
import { type JournalHead, type JournalLine, type JournalMark, type JournalRecord, recordText } from './format.ts';

/** Lines are collected up to so many bytes before they go to the disk. */
const CHUNK = 1 << 20;
/** Where the store itself does not wait for the disk, the journal does so often, in milliseconds. */
const SYNC_MS = 200;

/** Keeps what goes before it goes, and notes what became of it. */
export interface Recorder {
  /** Id of what is recorded; absent where nothing could be kept. */
  readonly id: string | undefined;
  /** Resolves to how many of the lines are kept, from the first on: there is no room for more. */
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
  /** Bytes and changed keys of earlier starts, when it goes on with their journal. */
  readonly earlier?: { readonly bytes: number; readonly keys: number };
  readonly onEnd: () => Promise<void>;
}

/** The journal of one operation, from its begin to its end. */
export class JournalWriter implements Recorder {
  readonly #target: JournalTarget;
  readonly #file: FileHandle;
  #pending: string[] = [];
  #length = 0;
  #bytes: number;
  #keys: number;
  /** Lines since the last mark. */
  #open = 0;
  #syncedAt = Number.NEGATIVE_INFINITY;
  #isEnded = false;

  private constructor(target: JournalTarget, file: FileHandle) {
    this.#target = target;
    this.#file = file;
    this.#bytes = target.earlier?.bytes ?? 0;
    this.#keys = target.earlier?.keys ?? 0;
  }

  /** Rejects when it cannot be made: nothing was changed. */
  static async create(target: JournalTarget, first: JournalRecord): Promise<JournalWriter> {
    try {
      const file = await open(target.path, target.earlier ? 'a' : 'ax', 0o600);
      const writer = new JournalWriter(target, file);
      try {
        // At once: whoever looks for the journals of a source knows this one by its head.
        writer.#append(recordText(first));
        await writer.#flush(target.isDurable);
      } catch (error) {
        await file.close();
        throw error;
      }
      return writer;
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
    let kept = 0;
    try {
      for (const line of lines) {
        const text = recordText({ line });
        if (this.#bytes + text.length > this.#target.bytes) break;
        this.#append(text);
        if (this.#length > CHUNK) await this.#flush(false);
        kept++;
      }
      await this.#flush(true);
    } catch (error) {
      throw notKept(error);
    }
    this.#open += kept;
    this.#keys += kept;
    return kept;
  }

  async mark(mark: JournalMark): Promise<void> {
    this.#keys -= mark.failed?.length ?? 0;
    this.#open = 0;
    this.#append(recordText({ mark }));
    // Without it the batch counts as one that may have been written, which is what it is.
    await this.#flush(false).catch(() => {});
  }

  /** Ends it; never rejects, for the work is done. Harmless a second time. */
  async end(end: 'whole' | 'left'): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { path, ended, onEnd } = this.#target;
    try {
      this.#append(recordText({ end }));
      await this.#flush(true);
    } catch {
      // The name tells the same.
    }
    const name = ended(this.#keys, end);
    await this.#file.close().catch(() => {});
    await (name === undefined ? rm(path, { force: true }) : rename(path, name)).catch(() => {});
    await onEnd();
  }

  #append(text: string): void {
    this.#pending.push(text);
    const bytes = Buffer.byteLength(text);
    this.#length += bytes;
    this.#bytes += bytes;
  }

  async #flush(syncs: boolean): Promise<void> {
    const text = this.#pending.length === 1 ? this.#pending[0] : this.#pending.join('');
    this.#pending = [];
    this.#length = 0;
    if (text !== undefined && text !== '') await this.#file.appendFile(text);
    const now = performance.now();
    if (!syncs || (!this.#target.isDurable && now - this.#syncedAt < SYNC_MS)) return;
    await this.#file.datasync();
    this.#syncedAt = performance.now();
  }
}
