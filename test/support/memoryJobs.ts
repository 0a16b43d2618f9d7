import { KvError } from '../../src/core/base/errors.ts';
import { emptyState } from '../../src/inside/emptyState.ts';
import type { AccountJobs, JobPhase, JobRef, JobRequest, JobState, Refusal, Upload } from '../../src/inside/job.ts';

/** A job state in which only the given parts matter. */
export const jobState = (
  state: Partial<Omit<JobState, 'counts'>> & { counts?: Partial<JobState['counts']> } = {},
): JobState => {
  const empty = emptyState({ account: 'acme', id: 'cloudflare-kv-job-1' }, 'running');
  return {
    ...empty,
    request: copyRequest,
    startedAt: 1_700_000_000_000,
    partsAtOnce: 200,
    ...state,
    counts: { ...empty.counts, ...state.counts },
  };
};

export const copyRequest: JobRequest = {
  job: 'copy',
  from: { id: 'a'.repeat(32), title: 'sessions' },
  to: { id: 'b'.repeat(32), title: 'cache' },
  mode: 'all',
  verify: false,
  partsAtOnce: 200,
};

/** The jobs of an account, under control of the test. */
export class MemoryJobs implements AccountJobs {
  readonly states = new Map<string, JobState>();
  readonly reports = new Map<string, readonly string[]>();
  /** All calls, in order: "state cloudflare-kv-job-1". */
  readonly asked: string[] = [];
  refused: Refusal | undefined;
  /** What each removal leaves behind. */
  leftovers: readonly string[] = [];
  error: KvError | undefined;
  reportError: KvError | undefined;
  /** Promises that a report, and the answer to a removal, wait for. */
  readonly holds: { report?: Promise<void> | undefined; removed?: Promise<void> | undefined } = {};

  put(state: JobState): void {
    this.states.set(state.id, state);
  }

  /** Moves a job to another phase. */
  turn(id: string, phase: JobPhase, change: Partial<JobState> = {}): void {
    this.put({ ...this.#known(id), phase, ...change });
  }

  async refusal(): Promise<Refusal | undefined> {
    return this.refused;
  }

  async buckets(): Promise<readonly string[]> {
    return ['backups'];
  }

  async upload(): Promise<Upload> {
    return { script: 'cloudflare-kv-job-2', modules: [], metadata: '{}' };
  }

  async start(request: JobRequest, { script }: Upload): Promise<JobRef> {
    this.put(jobState({ id: script, request }));
    return { account: 'acme', id: script };
  }

  async list(): Promise<readonly JobState[]> {
    this.#ask('list');
    return [...this.states.values()];
  }

  async state(id: string): Promise<JobState> {
    this.#ask(`state ${id}`);
    return this.#known(id);
  }

  async pause(id: string): Promise<void> {
    this.#ask(`pause ${id}`);
    this.turn(id, 'paused');
  }

  async resume(id: string): Promise<void> {
    this.#ask(`resume ${id}`);
    this.turn(id, 'running');
  }

  async cancel(id: string): Promise<void> {
    this.#ask(`cancel ${id}`);
    this.turn(id, 'cancelling');
  }

  async restartFailed(id: string): Promise<void> {
    this.#ask(`restart ${id}`);
    this.turn(id, 'running');
  }

  async setSpeed(id: string, partsAtOnce: number): Promise<void> {
    this.#ask(`speed ${id} ${partsAtOnce}`);
    this.put({ ...this.#known(id), partsAtOnce });
  }

  async *report(id: string): AsyncGenerator<string> {
    this.#ask(`report ${id}`);
    await this.holds.report;
    if (this.reportError) throw this.reportError;
    yield* this.reports.get(id) ?? [];
  }

  async remove(id: string, _?: AbortSignal, unlessRunning = false): Promise<readonly string[]> {
    this.#ask(`remove ${id}`);
    if (unlessRunning && this.states.get(id)?.phase === 'running') throw new KvError('conflict', `${id} runs`);
    if (this.leftovers.length === 0) this.states.delete(id);
    await this.holds.removed;
    return this.leftovers;
  }

  #ask(what: string): void {
    this.asked.push(what);
    if (this.error) throw this.error;
  }

  #known(id: string): JobState {
    const state = this.states.get(id);
    if (state) return state;
    throw new KvError('notFound', `no job ${id}`);
  }
}
