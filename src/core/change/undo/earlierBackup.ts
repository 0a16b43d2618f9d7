import { entryDigest } from '../../entry/entryDigest.ts';
import { KeySet } from '../../keys/keySet.ts';
import type { BackupHeader, BackupLine } from './backupFormat.ts';

/** An earlier start of the same work, as the notes on it tell. */
export interface EarlierStart {
  /** Id of its backup; absent when there was no room for one. */
  readonly undo?: string;
  /** Keys that were behind it. */
  readonly done: number;
}

/**
 * The backup of an earlier start of the same work, which the backup of the next start takes in: that one then restores
 * what was there before the first start. Of a key that is in both, what was there at the next start is of no interest
 * when the work itself had made it so.
 */
export class EarlierBackup {
  readonly header: BackupHeader;
  readonly #lines: () => AsyncIterable<BackupLine>;
  readonly #keys = new KeySet();
  /** By key, what it was before the work, and what the work may have made of it. */
  readonly #states = new KeySet();
  /** Keys of which the next start makes something else than this one did: digests. */
  readonly #after = new Map<string, string | undefined>();
  /** Keys that the next backup has lines of its own for. */
  readonly #replaced = new KeySet();

  private constructor(header: BackupHeader, lines: () => AsyncIterable<BackupLine>) {
    this.header = header;
    this.#lines = lines;
  }

  /** Reads it once; `lines` is asked for a second time at the end. */
  static async open(header: BackupHeader, lines: () => AsyncIterable<BackupLine>): Promise<EarlierBackup> {
    const backup = new EarlierBackup(header, lines);
    for await (const { key, before, after, earlier = [] } of lines()) {
      backup.#keys.add(key);
      for (const state of [entryDigest(before), after, ...earlier]) backup.#states.add(stateOf(key, state));
    }
    return backup;
  }

  /** What the next backup has to say about a key; `undefined` when the line of this one is enough. */
  take(line: BackupLine): BackupLine | undefined {
    const { key, before, after } = line;
    if (!this.#keys.has(key)) return line;
    if (!this.#states.has(stateOf(key, entryDigest(before)))) {
      this.#replaced.add(key);
      return { ...line, isForeign: true };
    }
    if (!this.#states.has(stateOf(key, after))) this.#after.set(key, after);
    return undefined;
  }

  /** The lines that go over into the next backup. */
  async *rest(): AsyncGenerator<BackupLine> {
    for await (const line of this.#lines()) {
      const { key, after, earlier = [], ...rest } = line;
      if (this.#replaced.has(key)) continue;
      if (!this.#after.has(key)) {
        yield line;
        continue;
      }
      const next = this.#after.get(key);
      yield { key, ...rest, ...(next !== undefined && { after: next }), earlier: [...earlier, after ?? null] };
    }
  }
}

const stateOf = (key: string, state: string | null | undefined): string => `${state ?? ''} ${key}`;
