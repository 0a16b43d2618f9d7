import * as l10n from '@vscode/l10n';
import type { AccountCalls } from '../cloudflare/accountCalls.ts';
import { throwIfCancelled } from '../core/base/cancel.ts';
import { errorText, isKvError, KvError } from '../core/base/errors.ts';
import { realTiming, type Timing } from '../core/base/timing.ts';
import {
  type AccountJobs,
  isBeingMade,
  type JobPhase,
  type JobRef,
  type JobRequest,
  type JobState,
  type Refusal,
  type Upload,
} from './job.ts';
import { JobApi } from './jobApi.ts';
import { reportOf } from './jobReport.ts';
import {
  goesOnFrom,
  hasEnded,
  reportedBy,
  reportedIn,
  stateOf,
  stillRunning,
  stuckAt,
  unknownState,
} from './jobState.ts';
import { makeUpload, paramsOf, usualPace } from './jobUpload.ts';
import { isScript, MARK, partsOf, scriptOf, WALK_ID, walkOf } from './names.ts';
import { Polling } from './polling.ts';
import type { Control, Pace, ProgressReport } from './protocol.ts';
import { Refused } from './refused.ts';

interface InsideJobsOptions {
  readonly calls: AccountCalls;
  readonly timing?: Timing;
  readonly pace?: Pace;
}

/** How long the account keeps the state of a finished instance. */
const RETENTION = { default_retention: { success_retention: '14 days', error_retention: '14 days' } };
const STEPS = 25_000;
/** A state younger than this is not asked for again. */
const FRESH_MS = 4000;
/** How long an instance may stay unlisted after it was created. */
const SHOWS_WITHIN_MS = 120_000;

/**
 * Jobs as Workflows in one account. Nothing is persisted here: every window sees the state in the account, and this
 * object only remembers what the account said last.
 */
export class InsideJobs implements AccountJobs {
  readonly #api: JobApi;
  readonly #pace: Pace;
  readonly #timing: Timing;
  readonly #polling: Polling;
  /** Lists are requested by the user, and do not use up the share of the looks at running jobs. */
  readonly #listing: Polling;
  readonly #last = new Map<string, JobState>();
  /** When each job was last looked at, by the clock of {@link Timing}. */
  readonly #lookedAt = new Map<string, number>();
  /** Jobs that this window started a moment ago: the account may not list them yet. */
  readonly #begun = new Map<string, { readonly request: JobRequest; readonly at: number }>();
  /** When their Workers were created according to the last list, in Unix milliseconds. */
  readonly #madeAt = new Map<string, number>();
  #listed: readonly JobState[] | undefined;
  /** What {@link remove} could not remove. */
  readonly #leftovers = new Map<string, readonly string[]>();

  constructor({ calls, timing = realTiming, pace = usualPace }: InsideJobsOptions) {
    this.#api = new JobApi(calls);
    this.#pace = pace;
    this.#timing = timing;
    this.#polling = new Polling(timing);
    this.#listing = new Polling(timing);
  }

  async refusal({ job, from, to }: JobRequest, signal: AbortSignal): Promise<Refusal | undefined> {
    try {
      await this.#api.checkSubdomain(signal);
      for (const namespace of [from, ...(job === 'copy' && to ? [to] : [])]) {
        const reported = await this.#api.namespace(namespace.id, signal);
        if (reported.type === 'instant' || reported.instant === true) {
          return { kind: 'instantNamespace', title: namespace.title };
        }
      }
      if (job === 'export' && (await this.#api.buckets(signal)).length === 0) return { kind: 'noBuckets' };
      return undefined;
    } catch (error) {
      if (error instanceof Refused) return error.refusal;
      throw error;
    }
  }

  async buckets(signal: AbortSignal): Promise<readonly string[]> {
    return await this.#api.buckets(signal);
  }

  async upload(request: JobRequest): Promise<Upload> {
    return makeUpload(request);
  }

  async start(request: JobRequest, upload: Upload, signal: AbortSignal): Promise<JobRef> {
    const { script } = upload;
    const params = paramsOf(request, script, this.#pace, Date.now());
    const [walk, parts] = [walkOf(script), partsOf(script)];
    if (!(await this.#api.isFree(script, [walk, parts], signal))) {
      throw new KvError(
        'conflict',
        l10n.t('The job was not started: the account has a Worker or workflow with the name {0} already.', script),
      );
    }
    // A request in progress is not aborted, because it would create its object after everything else was removed.
    const whole = new AbortController().signal;
    const steps = [
      () => this.#api.upload(upload, whole),
      () => this.#api.close(script, whole),
      () => this.#api.register(parts, script, 'Part', RETENTION, whole),
      () => this.#api.register(walk, script, 'Walk', { limits: { steps: STEPS }, ...RETENTION }, whole),
      () => this.#api.create(script, params, whole),
    ];
    let made = 0;
    try {
      for (const step of steps) {
        throwIfCancelled(signal);
        await step();
        made++;
      }
      throwIfCancelled(signal);
      this.#listed = undefined;
      this.#polling.forgive();
      this.#begun.set(script, { request: params.request, at: performance.now() });
      return { account: this.#api.account, id: script };
    } catch (error) {
      // It was refused before anything was created.
      if (made === 0 && (error instanceof Refused || isKvError(error, 'cancelled'))) throw error;
      const left = await this.#removeAll(script).catch(() => [walk, parts, script]);
      throw left.length === 0 ? error : withLeftovers(error, left);
    }
  }

  async list(signal: AbortSignal, isFresh = false): Promise<readonly JobState[]> {
    if (this.#listed && !isFresh && !this.#listing.mayAsk()) {
      return this.#listed.map((state) => this.#last.get(state.id) ?? state);
    }
    const asked = this.#api.requests;
    // Workflows are listed before Workers. The Worker of a job that is being created exists before its workflows, so
    // these cannot be mistaken for orphans.
    const workflows = (await this.#api.workflows(signal)).flatMap(({ name }) =>
      typeof name === 'string' ? [name] : [],
    );
    const scripts = (await this.#api.scripts(signal)).flatMap(({ id, tags, created_on }) => {
      if (typeof id !== 'string' || !isScript(id) || (Array.isArray(tags) && !tags.includes(MARK))) return [];
      const madeAt = typeof created_on === 'string' ? Date.parse(created_on) : Number.NaN;
      if (Number.isFinite(madeAt)) this.#madeAt.set(id, madeAt);
      return [id];
    });
    this.#listing.asked(this.#api.requests - asked);
    const found = new Map<string, JobState>();
    // If not all can be looked at, those looked at longest ago come first.
    const byAge = scripts.toSorted((a, b) => (this.#lookedAt.get(a) ?? 0) - (this.#lookedAt.get(b) ?? 0));
    for (const script of byAge) found.set(script, await this.state(script, signal));
    const states = scripts.flatMap((script) => found.get(script) ?? []);
    // Workflows whose Worker is gone.
    const orphans = Map.groupBy(
      workflows.filter((name) => scriptOf(name) !== undefined && !scripts.includes(scriptOf(name) ?? '')),
      (name) => scriptOf(name) ?? '',
    );
    for (const [id, names] of orphans) {
      states.push(unknownState({ account: this.#api.account, id }, { leftovers: names }));
    }
    this.#listed = states;
    return states;
  }

  async state(id: string, signal: AbortSignal): Promise<JobState> {
    checkId(id);
    const before = this.#last.get(id);
    const age = this.#timing.now() - (this.#lookedAt.get(id) ?? Number.NEGATIVE_INFINITY);
    if (before && (age < FRESH_MS || !this.#polling.mayAsk())) return before;
    const asked = this.#api.requests;
    this.#lookedAt.set(id, this.#timing.now());
    try {
      return await this.#look(id, signal);
    } finally {
      this.#polling.asked(this.#api.requests - asked);
    }
  }

  async #look(id: string, signal: AbortSignal): Promise<JobState> {
    const state = { ...(await this.#read(id, signal)), leftovers: this.#leftovers.get(id) ?? [] };
    this.#last.set(id, state);
    return state;
  }

  async #read(id: string, signal: AbortSignal): Promise<JobState> {
    const ref: JobRef = { account: this.#api.account, id };
    const instance = await this.#api.instance(walkOf(id), WALK_ID, signal);
    if (instance === undefined) {
      const begun = this.#begun.get(id);
      const isNew = begun !== undefined && performance.now() - begun.at < SHOWS_WITHIN_MS;
      return {
        ...unknownState(ref, { madeAt: this.#madeAt.get(id) }),
        ...(isNew && { request: begun.request, phase: 'probing' }),
      };
    }
    this.#begun.delete(id);
    const reported = await this.#reported(id, instance, signal);
    const isCut = instance.status === 'terminated';
    const partsGoOn = isCut && stillRunning(await this.#api.workflow(partsOf(id), signal));
    // The window that cancelled it may be closed, and a running step may have started more parts. If this fails, the
    // next look tries it again.
    if (partsGoOn) await this.#api.terminateAll(partsOf(id), signal).catch(() => {});
    return stateOf(ref, instance, reported, partsGoOn, Date.now());
  }

  async #reported(
    id: string,
    instance: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<ProgressReport | undefined> {
    const found = reportedIn(instance);
    if (found === undefined || 'reported' in found) return found?.reported;
    const step = await this.#api.step(walkOf(id), WALK_ID, found.step, signal);
    return step && reportedBy(step)?.reported;
  }

  async pause(id: string, signal: AbortSignal): Promise<void> {
    await this.#control(id, { paused: true }, signal);
  }

  async resume(id: string, signal: AbortSignal): Promise<void> {
    await this.#control(id, { paused: false }, signal);
  }

  async setSpeed(id: string, partsAtOnce: number, signal: AbortSignal): Promise<void> {
    await this.#control(id, { partsAtOnce }, signal);
  }

  async cancel(id: string, signal: AbortSignal): Promise<void> {
    checkId(id);
    this.#forget(id);
    try {
      await this.#api.setStatus(walkOf(id), WALK_ID, { status: 'terminate' }, signal);
    } catch (error) {
      // It has ended meanwhile, or the answer to the first attempt was lost.
      const instance = await this.#api.instance(walkOf(id), WALK_ID, signal);
      if (!hasEnded(instance)) throw error;
    }
    // The job is cancelled now, whatever this returns: every look at it ends the parts that go on.
    await this.#api.terminateAll(partsOf(id), signal).catch(() => {});
  }

  async restartFailed(id: string, signal: AbortSignal): Promise<void> {
    checkId(id);
    const instance = await this.#api.instance(walkOf(id), WALK_ID, signal);
    const reported = instance && (await this.#reported(id, instance, signal));
    const stuck = instance && stuckAt(instance, reported, Date.now());
    if (stuck === undefined && instance?.status !== 'errored' && instance?.status !== 'complete') {
      await this.#control(id, { restart: true }, signal);
      return;
    }
    this.#forget(id);
    // The coordinator itself failed. It continues from the failed step, and the parts that it has started continue with
    // it.
    const name = instance && goesOnFrom(instance);
    await this.#api.setStatus(walkOf(id), WALK_ID, { status: 'restart', ...(name && { from: { name } }) }, signal);
    // The coordinator waits to be told what to do about the parts that failed before.
    if (reported?.phase === 'failed') await this.#api.control(id, { restart: true }, signal);
  }

  async *report(id: string, signal: AbortSignal): AsyncIterable<string> {
    checkId(id);
    const instance = await this.#api.instance(walkOf(id), WALK_ID, signal);
    if (instance === undefined) throw notTold(id);
    const reported = await this.#reported(id, instance, signal);
    yield* reportOf(this.#api, id, reported, signal);
  }

  async remove(id: string, signal: AbortSignal, unlessRunning = false): Promise<readonly string[]> {
    checkId(id);
    if (unlessRunning) {
      const state = await this.#look(id, signal);
      if (!REMOVABLE.includes(state.phase) || isBeingMade(state)) throw goesOn(id);
    }
    const left = await this.#removeAll(id, signal);
    this.#last.delete(id);
    this.#begun.delete(id);
    this.#listed = undefined;
    if (left.length === 0) this.#leftovers.delete(id);
    else this.#leftovers.set(id, left);
    return left;
  }

  /** Instances are removed with their workflow. */
  async #removeAll(script: string, signal: AbortSignal = new AbortController().signal): Promise<readonly string[]> {
    const paths: readonly (readonly [name: string, path: string])[] = [
      ...[walkOf(script), partsOf(script)].map((name) => [name, `/workflows/${name}`] as const),
      [script, `/workers/scripts/${script}`],
    ];
    const left: string[] = [];
    for (const [name, path] of paths) if (!(await this.#api.remove(path, signal))) left.push(name);
    return left;
  }

  async #control(id: string, control: Control, signal: AbortSignal): Promise<void> {
    checkId(id);
    this.#forget(id);
    await this.#api.control(id, control, signal);
  }

  /** The user has asked for something and wants to see its result, so forget the last state. */
  #forget(id: string): void {
    this.#last.delete(id);
    this.#polling.forgive();
  }
}

const REMOVABLE: readonly JobPhase[] = ['done', 'cancelled', 'failed', 'unknown'];

const notTold = (id: string): KvError =>
  new KvError('notFound', l10n.t('The account does not tell of the job {0}. Refresh to see the jobs as they are.', id));

const goesOn = (id: string): KvError => new KvError('conflict', l10n.t('The job {0} goes on, and stays.', id));

/** Only names of our jobs may become part of a path. */
function checkId(id: string): void {
  if (!isScript(id)) throw new KvError('invalidInput', l10n.t('“{0}” is not the name of a job.', id));
}

function withLeftovers(error: unknown, left: readonly string[]): KvError {
  const message =
    error instanceof Refused && error.refusal.kind === 'permission'
      ? l10n.t('The job was not started: your sign-in lacks the permission {0}.', error.refusal.permission)
      : errorText(error);
  return new KvError(
    isKvError(error) ? error.kind : 'server',
    l10n.t('{0} What was made could not be removed: {1}. “Clean Up Jobs…” tries it again.', message, left.join(', ')),
    { cause: error },
  );
}
