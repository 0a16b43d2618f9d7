import { setTimeout as wait } from 'node:timers/promises';
import { cancelledError } from '../core/base/cancel.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import type { BatchOptions, LocalWriter, WriteFailure, WriteResult } from './localWriter.ts';
import { LostAnswers } from './lostAnswers.ts';
import type { WriteDeed } from './sentences.ts';

/** The two ways of writing a namespace. */
export interface Ways {
  /** Straight to the files; closed while a dev server runs. */
  readonly files: LocalWriter;
  /** Through the dev server; closed if none is known to use the files. */
  readonly server: LocalWriter;
  /** Whether the server was the open way last time: trying it first saves a probe. */
  isServerFirst(): boolean;
  /** Called when the server turned out to be closed. */
  serverClosed(): void;
  /** While both ways are closed: whether one may open soon. */
  mayOpenSoon(): Promise<boolean>;
  /**
   * Removes and returns the test keys of ours that must be deleted from the namespace; the caller takes care of them.
   */
  takeLeftovers(): readonly string[];
  /** Gives back the keys that are still there. */
  keepLeftovers(keys: readonly string[]): void;
}

/** How long to wait, in milliseconds, while both ways are closed because a server is starting or stopping. */
export interface Patience {
  /** For a single write, which a user waits for. */
  readonly singleMs: number;
  /** For a batch of a bulk write. */
  readonly bulkMs: number;
}

const USUAL: Patience = { singleMs: 5000, bulkMs: 15_000 };
const PAUSE_MS = 250;

/** What to do, and with which keys. */
interface Subject {
  readonly deed: WriteDeed;
  readonly keys: readonly string[];
}

type Write = (way: LocalWriter, positions: readonly number[], options: BatchOptions) => Promise<WriteResult>;

/**
 * Writes by whichever way is open, and switches to the other one when a dev server starts or stops. Only keys that
 * failed for that reason are switched, so that every key is written, and reported, once. It continues as long as
 * anything gets written. If an answer was lost on one way, it finds out what became of the key before the other way is
 * tried.
 */
export class SwitchingWriter implements LocalWriter {
  readonly #ways: Ways;
  readonly #patience: Patience;

  constructor(ways: Ways, patience = USUAL) {
    this.#ways = ways;
    this.#patience = patience;
  }

  async put(entries: readonly KvEntry[], options: BatchOptions): Promise<WriteResult> {
    const keys = entries.map(({ key }) => key);
    const result = await this.#follow({ deed: 'put', keys }, options, (way, open, within) =>
      way.put(pick(entries, open), within),
    );
    await this.#tidy();
    return result;
  }

  async delete(keys: readonly string[], options: BatchOptions): Promise<WriteResult> {
    const result = await this.#follow({ deed: 'delete', keys }, options, (way, open, within) =>
      way.delete(pick(keys, open), within),
    );
    await this.#tidy();
    return result;
  }

  async #follow({ deed, keys }: Subject, options: BatchOptions, write: Write): Promise<WriteResult> {
    const { durable, signal, report, expected } = options;
    const patienceMs = durable ? this.#patience.singleMs : this.#patience.bulkMs;
    const lost = new LostAnswers(deed, keys);
    const failed: WriteFailure[] = [];
    let open: readonly number[] = [...keys.keys()];
    let way: 'files' | 'server' = this.#ways.isServerFirst() ? 'server' : 'files';
    let deadline = performance.now() + patienceMs;
    /** How each way was closed, since anything was last written. */
    let closed: { files?: WriteResult; server?: WriteResult } = {};
    for (;;) {
      const settled = await lost.settle(open, expected, signal);
      failed.push(...settled.failed);
      open = settled.open;
      if (open.length === 0) return { failed };
      const before = keys.length - open.length;
      const within = { ...options, ...(report && { report: (done: number) => report(before + done) }) };
      const { failed: now, stopped } = await write(this.#ways[way], open, within);
      const all = now.map((failure) => lost.note({ ...failure, index: open[failure.index] ?? 0 }));
      const shut = all.filter((failure) => failure.closed !== undefined);
      failed.push(...all.filter((failure) => failure.closed === undefined));
      if (shut.length === 0) return { failed, ...(stopped && { stopped }) };
      if (way === 'server') this.#ways.serverClosed();
      if (all.length < open.length) {
        closed = {};
        deadline = performance.now() + patienceMs;
      }
      closed = { ...closed, [way]: { failed: shut, ...(stopped && { stopped }) } };
      open = shut.map(({ index }) => index);
      way = way === 'files' ? 'server' : 'files';
      if (closed.files === undefined || closed.server === undefined) continue;
      const isOver = performance.now() > deadline || !(await this.#ways.mayOpenSoon());
      if (isOver) {
        const reason = reasonOf(closed.files, closed.server);
        const left = reason.failed.filter(({ index }) => open.includes(index));
        return { ...reason, failed: [...failed, ...left.map((failure) => lost.note(failure))] };
      }
      if (!(await pause(signal))) return { failed: [...failed, ...open.map((index) => lost.note(cancelled(index)))] };
    }
  }

  async #tidy(): Promise<void> {
    const keys = this.#ways.takeLeftovers();
    if (keys.length === 0) return;
    const { failed } = await this.#follow({ deed: 'delete', keys }, { durable: false }, (way, open, within) =>
      way.delete(pick(keys, open), within),
    );
    this.#ways.keepLeftovers(failed.flatMap(({ index }) => keys[index] ?? []));
  }
}

/** If the files are closed for a reason other than a dev server, that is the reason to report. */
const reasonOf = (files: WriteResult, server: WriteResult): WriteResult =>
  files.failed.some(({ closed }) => closed === 'other') ? files : server;

/** False if it was aborted. */
const pause = async (signal: AbortSignal | undefined): Promise<boolean> =>
  await wait(PAUSE_MS, true, signal ? { signal } : {}).catch(() => false);

const cancelled = (index: number): WriteFailure => ({ index, error: cancelledError() });

const pick = <T>(items: readonly T[], positions: readonly number[]): readonly T[] =>
  positions.flatMap((position) => items.slice(position, position + 1));
