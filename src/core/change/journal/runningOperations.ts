import { stat } from 'node:fs/promises';
import type { JournalHead } from './format.ts';
import type { Processes } from './owner.ts';
import { type JournalFile, type SessionChange, traceOf } from './reading.ts';

/**
 * Milliseconds after which an empty file is no longer just being created, and a session's file is no longer being
 * written.
 */
export const REST_MS = 60_000;
/** Milliseconds after which a change of single keys counts as ended, even without its mark. */
const LONGEST_SINGLE_MS = 15 * 60_000;

/** Knows which operations have not ended: in this window by their heads, in others by their processes. */
export class RunningOperations {
  readonly #processes: Processes;
  readonly #clock: () => number;
  readonly #heads = new Map<string, JournalHead>();
  /** Ids of operations whose source was forgotten while they were running. */
  readonly #forgotten = new Set<string>();

  constructor(processes: Processes, clock: () => number) {
    this.#processes = processes;
    this.#clock = clock;
  }

  /** Ids of this window's operations. */
  get ids(): ReadonlySet<string> {
    return new Set(this.#heads.keys());
  }

  has(id: string): boolean {
    return this.#heads.has(id);
  }

  begin(head: JournalHead): void {
    this.#heads.set(head.id, head);
  }

  end(id: string): void {
    this.#heads.delete(id);
    this.#forgotten.delete(id);
  }

  /** The journals of these sources are to be removed once their operations have ended. */
  forget(isGone: (source: string) => boolean): void {
    for (const { id, source } of this.#heads.values()) if (isGone(source)) this.#forgotten.add(id);
  }

  isForgotten(id: string): boolean {
    return this.#forgotten.has(id);
  }

  async isRunning(id: string, owner: JournalHead['owner']): Promise<boolean> {
    if (this.has(id)) return true;
    if (owner === undefined || owner.session === this.#processes.own.session) return false;
    return await this.#processes.isRunning(owner);
  }

  async isGoingOn({ head, mark }: SessionChange): Promise<boolean> {
    if (this.has(head.id)) return true;
    const isPossible = mark === undefined && this.#clock() - head.at < LONGEST_SINGLE_MS;
    return isPossible && (await this.isRunning(head.id, head.owner));
  }

  /** Whether somebody is writing the file of an operation. */
  async isWritten(file: JournalFile): Promise<boolean> {
    if (file.kind !== 'open') return false;
    // Read before the head, which may be on its way to the disk.
    const { size, mtimeMs } = await stat(file.path);
    const { owner } = await traceOf(file);
    if (owner !== undefined || this.has(file.id)) return await this.isRunning(file.id, owner);
    return size === 0 && this.#clock() - mtimeMs < REST_MS;
  }
}
