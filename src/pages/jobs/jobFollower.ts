import * as l10n from '@vscode/l10n';
import { cancelledError, throwIfCancelled, untilCancelled } from '../../core/base/cancel.ts';
import { isKvError, KvError } from '../../core/base/errors.ts';
import { type Disposable, Emitter } from '../../core/base/event.ts';
import type { Timing } from '../../core/base/timing.ts';
import { type AccountJobs, type JobRequest, type JobState, USUAL_SPEED } from '../../inside/job.ts';
import { type JobPlace, placeText } from './jobActions.ts';
import type { ShownAccount, ShownJob } from './jobModel.ts';
import { hasEnded, isUnderWay } from './jobTexts.ts';
import { isTelling, partOfReport, ReportNotKept, wholeReport } from './keptReport.ts';

/** One state is asked for in so many milliseconds, of whichever job: six a minute, however many jobs there are. */
export const POLL_MS = 10_000;
/** One that stands still goes on when somebody resumes it, perhaps in another window: it is asked for now and then. */
export const PAUSED_POLL_MS = 60_000;
/** An instance is not told of at once everywhere: one that is missing for so long is gone. */
export const GONE_AFTER_MS = 5 * 60_000;

export interface FollowHost {
  readonly jobsOf: (account: string) => Promise<AccountJobs>;
  /** Those that are shown. */
  readonly accounts: () => readonly { readonly id: string; readonly name: string }[];
  readonly timing: Timing;
}

interface RemoveOptions {
  readonly needsReport?: boolean;
  readonly unlessRunning?: boolean;
}

interface Followed extends ShownJob {
  /** When its state was asked for last, by the clock of {@link Timing}. */
  readonly askedAt: number;
  /** Since when the account does not tell of it, by the same clock. */
  readonly missingSince?: number | undefined;
  /** What its report said before it was removed. */
  readonly report?: readonly string[] | undefined;
}

/**
 * The jobs that this window knows, of all accounts. Their states are asked for while a page shows them, and those of
 * jobs that were started here until they have ended.
 */
export class JobFollower implements Disposable {
  readonly #host: FollowHost;
  readonly #jobs = new Map<string, Followed>();
  readonly #own = new Set<string>();
  /** Cancelled by this window: each look at them ends what goes on of them, until nothing does. */
  readonly #cancelled = new Set<string>();
  readonly #changed = new Emitter<void>();
  readonly #ended = new Emitter<JobState>();
  readonly #lost = new Emitter<JobPlace>();
  readonly #gone = new AbortController();
  #accounts: readonly ShownAccount[] = [];
  #watchers = 0;
  #listing = 0;
  #stopAlarm: (() => void) | undefined;
  /** When this window looked by itself last. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly onDidChange = this.#changed.event;
  /** A job that this window has seen under way is no more. */
  readonly onDidEnd = this.#ended.event;
  /** A job of this window is not in the account any more, and its end was not seen. */
  readonly onDidLose = this.#lost.event;

  constructor(host: FollowHost) {
    this.#host = host;
    this.#accounts = host.accounts();
  }

  get jobs(): readonly ShownJob[] {
    return [...this.#jobs.values()];
  }

  get accounts(): readonly ShownAccount[] {
    return this.#accounts;
  }

  get isListing(): boolean {
    return this.#listing > 0;
  }

  job(place: JobPlace): ShownJob | undefined {
    return this.#jobs.get(placeText(place));
  }

  isOwn(place: JobPlace): boolean {
    return this.#own.has(placeText(place));
  }

  /** Somebody looks at the jobs until it is disposed of. */
  watch(): Disposable {
    this.#watchers++;
    // Who begins to look is shown a list.
    this.#lookedAt = this.#host.timing.now();
    this.#pollSoon();
    let isOver = false;
    return {
      dispose: () => {
        if (!isOver) this.#watchers--;
        isOver = true;
      },
    };
  }

  /**
   * Lists the jobs of every account that is shown; what could not be listed stands in {@link accounts}. `isFresh` where
   * something is done about what is found.
   */
  async list(signal: AbortSignal = this.#gone.signal, isFresh = false): Promise<readonly JobState[]> {
    this.#listing++;
    try {
      const accounts = this.#host.accounts();
      this.#accounts = accounts.map((account) => this.#accounts.find(({ id }) => id === account.id) ?? account);
      this.#changed.fire();
      const lists = await Promise.allSettled(
        accounts.map(async ({ id }) => (await this.#host.jobsOf(id)).list(signal, isFresh)),
      );
      this.#accounts = accounts.map((account, at) => {
        const list = lists[at];
        return { ...account, ...(list?.status === 'rejected' && { error: list.reason }) };
      });
      this.#takeOver(lists.map((list) => (list.status === 'fulfilled' ? list.value : undefined)));
      return [...this.#jobs.values()].filter(({ isRemoved }) => !isRemoved).map(({ state }) => state);
    } finally {
      this.#listing--;
      this.#changed.fire();
      this.#pollSoon();
    }
  }

  /** A list says of its account what there is: what it does not have any more was removed elsewhere. */
  #takeOver(lists: readonly (readonly JobState[] | undefined)[]): void {
    for (const [at, list] of lists.entries()) {
      if (!list) continue;
      const account = this.#accounts[at]?.id;
      const listed = new Set(list.map(placeText));
      for (const [key, { state, isRemoved }] of [...this.#jobs]) {
        // What was started a moment ago may not be listed yet.
        const isGone = !isRemoved && !listed.has(key) && !this.#own.has(key);
        if (state.account === account && isGone) this.#drop(key);
      }
      for (const state of list) this.#take(state);
    }
    this.forgetAccounts();
  }

  #isShown(account: string): boolean {
    return this.#host.accounts().some(({ id }) => id === account);
  }

  /** Forgets the jobs of accounts that are not shown any more. */
  forgetAccounts(): void {
    const shown = new Set(this.#host.accounts().map(({ id }) => id));
    this.#accounts = this.#accounts.filter(({ id }) => shown.has(id));
    for (const [key, { state }] of [...this.#jobs]) if (!shown.has(state.account)) this.#jobs.delete(key);
    this.#changed.fire();
  }

  #take(state: JobState): void {
    const key = placeText(state);
    const before = this.#jobs.get(key);
    const askedAt = this.#host.timing.now();
    const isMissing = state.phase === 'unknown' && before !== undefined && this.#own.has(key);
    const missingSince = before?.missingSince ?? askedAt;
    if (isMissing && askedAt - missingSince < GONE_AFTER_MS) {
      this.#jobs.set(key, { ...before, error: notTold(), askedAt, missingSince });
      return;
    }
    this.#jobs.set(key, { ...withKnown(state, before), askedAt });
    if (isMissing || hasEnded(state)) this.#own.delete(key);
    if (!mayMove(state)) this.#cancelled.delete(key);
    if (isMissing) this.#lost.fire(state);
    if (hasEnded(state) && before && !hasEnded(before.state)) this.#ended.fire(state);
  }

  /** The account does not have it any more. What is kept of its report is the only one that there is. */
  #drop(key: string): void {
    const { state, report, askedAt } = this.#jobs.get(key) ?? {};
    if (!state || !report || askedAt === undefined) this.#jobs.delete(key);
    else this.#jobs.set(key, { state: { ...state, leftovers: [] }, isRemoved: true, report, askedAt });
  }

  /**
   * Follows a job of this window until it has ended, whether or not anybody looks. `request` is what it was started
   * with, where it was a moment ago; `startedAt` is in Unix milliseconds.
   */
  async follow(place: JobPlace, request?: JobRequest, startedAt?: number): Promise<void> {
    const key = placeText(place);
    const known = this.#jobs.get(key)?.state;
    // A list may have told of its end before this: that is still to be seen.
    const isUnseen = known === undefined || (request === undefined && hasEnded(known));
    this.#own.add(key);
    if (isUnseen) {
      const state = unasked(place, request, startedAt);
      this.#jobs.set(key, { state, isRemoved: false, askedAt: this.#host.timing.now() });
    }
    await this.ask(place);
  }

  /** Asks for the state of a job now. */
  async ask(place: JobPlace): Promise<void> {
    const key = placeText(place);
    const { account, id } = place;
    try {
      this.#take(await (await this.#host.jobsOf(account)).state(id, this.#gone.signal));
    } catch (error) {
      const known = this.#jobs.get(key);
      if (isKvError(error, 'notFound')) {
        this.#drop(key);
        if (this.#own.delete(key)) this.#lost.fire(place);
      } else if (known) {
        // What is not answered says nothing of whether it is there.
        this.#jobs.set(key, { ...known, error, askedAt: this.#host.timing.now(), missingSince: undefined });
      }
    }
    if (this.#gone.signal.aborted) return;
    this.#changed.fire();
    this.#pollSoon();
  }

  /** Does something to a job and asks how it is then. */
  async act(place: JobPlace, work: (jobs: AccountJobs, signal: AbortSignal) => Promise<void>): Promise<void> {
    await work(await this.#host.jobsOf(place.account), this.#gone.signal);
    await this.ask(place);
  }

  /** Cancels a job, and looks at it until all of it has ended. */
  async cancel(place: JobPlace): Promise<void> {
    await this.act(place, async (jobs, signal) => {
      await jobs.cancel(place.id, signal);
      this.#cancelled.add(placeText(place));
    });
  }

  /**
   * Resolves when the job has ended; rejects with `notFound` where it is gone, which takes some minutes to be certain,
   * and `cancelled` by the signal.
   */
  async ended(place: JobPlace, signal: AbortSignal): Promise<JobState> {
    const { promise, resolve, reject } = Promise.withResolvers<JobState>();
    const look = (): void => {
      const { state, isRemoved } = this.job(place) ?? {};
      if (state && hasEnded(state)) resolve(state);
      else if (!state && !this.#isShown(place.account)) reject(accountIsGone(place.id));
      else if (!state || isRemoved || (state.phase === 'unknown' && !this.isOwn(place))) reject(jobIsGone(place.id));
    };
    const listening = this.onDidChange(look);
    const gone = (): void => reject(cancelledError());
    this.#gone.signal.addEventListener('abort', gone, { once: true });
    try {
      look();
      return await untilCancelled(promise, signal);
    } finally {
      listening.dispose();
      this.#gone.signal.removeEventListener('abort', gone);
    }
  }

  /** The lines of its report: as they are now, or as they were before it was removed. */
  async *report(place: JobPlace, signal: AbortSignal): AsyncGenerator<string> {
    const kept = this.#jobs.get(placeText(place))?.report;
    if (kept) yield* kept;
    else yield* (await this.#host.jobsOf(place.account)).report(place.id, signal);
  }

  /**
   * Removes a job that has ended; resolves to what is left of it. Where its report names keys and this window cannot
   * keep it, all stays: nothing else tells of them. `isLost` is one whose removal was begun before: it has no report
   * any more.
   */
  async removeEnded(state: JobState, isLost = false): Promise<readonly string[]> {
    const { id } = state;
    try {
      const key = placeText(state);
      const askedAt = this.#host.timing.now();
      if (isLost) this.#jobs.set(key, { ...this.#jobs.get(key), state, isRemoved: false, askedAt });
      return await this.remove(state, this.#gone.signal, { needsReport: !isLost && isTelling(state) });
    } catch (error) {
      const known = this.#jobs.get(placeText(state));
      const why = error instanceof ReportNotKept ? { keptFor: error.message } : { error };
      if (known) this.#jobs.set(placeText(state), { ...known, ...why, state: { ...known.state, leftovers: [id] } });
      this.#changed.fire();
      return [id];
    }
  }

  /**
   * Removes Worker, workflows and instances, its report kept by this window; resolves to what is left. With
   * `needsReport` it rejects with {@link ReportNotKept}, and with `unlessRunning` with `conflict` where the job goes
   * on.
   */
  async remove(
    place: JobPlace,
    signal: AbortSignal = this.#gone.signal,
    { needsReport = false, unlessRunning = false }: RemoveOptions = {},
  ): Promise<readonly string[]> {
    const key = placeText(place);
    const jobs = await this.#host.jobsOf(place.account);
    const before = this.#jobs.get(key);
    const read = needsReport ? wholeReport : partOfReport;
    const report = before?.report ?? (await read(jobs.report(place.id, signal)));
    throwIfCancelled(signal);
    const leftovers = await jobs.remove(place.id, signal, unlessRunning);
    const known = this.#jobs.get(key) ?? before;
    if (known) {
      const { keptFor: _, ...rest } = known;
      const state = { ...known.state, leftovers };
      this.#jobs.set(key, { ...rest, state, report, isRemoved: leftovers.length === 0 });
    }
    if (this.#own.delete(key) && leftovers.length === 0) this.#lost.fire(place);
    this.#changed.fire();
    return leftovers;
  }

  /** The job whose state is asked for next, and when. */
  #next(): { readonly state: JobState; readonly dueAt: number } | undefined {
    const wanted = [...this.#jobs].filter(
      ([key, { state, isRemoved }]) =>
        !isRemoved && (this.#own.has(key) || ((this.#watchers > 0 || this.#cancelled.has(key)) && mayMove(state))),
    );
    return wanted
      .map(([, { state, askedAt }]) => ({
        state,
        dueAt: askedAt + (state.phase === 'paused' ? PAUSED_POLL_MS : POLL_MS),
      }))
      .sort((a, b) => a.dueAt - b.dueAt)[0];
  }

  #pollSoon(): void {
    const next = this.#next();
    if (!next || this.#gone.signal.aborted) return;
    this.#stopAlarm?.();
    const { timing } = this.#host;
    const now = timing.now();
    // The time between two looks is the same however many jobs are due.
    const at = Math.max(next.dueAt, this.#lookedAt + POLL_MS);
    this.#stopAlarm = timing.alarm(Math.max(0, at - now), () => {
      this.#lookedAt = timing.now();
      this.#stopAlarm = undefined;
      const next = this.#next();
      if (next) void this.ask(next.state);
    });
  }

  dispose(): void {
    this.#gone.abort();
    this.#stopAlarm?.();
    this.#changed.dispose();
    this.#ended.dispose();
    this.#lost.dispose();
  }
}

/** A state as the account tells it, with what it does not tell any more where a removal has begun. */
function withKnown(state: JobState, before: Followed | undefined): Omit<Followed, 'askedAt'> {
  // What was started again has another report to come.
  if (!before || mayMove(state)) return { state, isRemoved: false };
  const { isRemoved, report, keptFor } = before;
  const kept = { isRemoved, ...(report && { report }), ...(keptFor !== undefined && { keptFor }) };
  if (isRemoved) return { state: before.state, ...kept };
  if (state.phase !== 'unknown') return { state, ...kept };
  const { leftovers } = state;
  return hasEnded(before.state)
    ? { state: { ...before.state, leftovers }, ...kept }
    : { state: { ...before.state, phase: 'unknown', leftovers }, ...kept };
}

/** Somebody may resume one that stands still. */
const mayMove = (state: JobState): boolean => isUnderWay(state) || state.phase === 'paused';

const notTold = (): KvError =>
  new KvError('notFound', l10n.t('The account does not tell of this job now. It is asked again for some minutes.'));

const accountIsGone = (id: string): KvError =>
  new KvError(
    'unauthenticated',
    l10n.t('The job {0} goes on in its account, which is not shown any more. Sign in to see what becomes of it.', id),
  );

const jobIsGone = (id: string): KvError =>
  new KvError('notFound', l10n.t('The job {0} is not in the account any more: it was removed.', id));

/** A job before its account was asked for it. */
const unasked = (
  { account, id }: JobPlace,
  request: JobRequest | undefined,
  startedAt: number | undefined,
): JobState => ({
  account,
  id,
  request,
  startedAt,
  endedAt: undefined,
  phase: request ? 'probing' : 'unknown',
  counts: {
    listed: 0,
    allListed: false,
    done: 0,
    expiring: 0,
    gone: 0,
    present: 0,
    removed: 0,
    failed: 0,
    matches: 0,
    bytes: undefined,
  },
  rate: undefined,
  secondsLeft: undefined,
  costSoFar: 0,
  costLeft: undefined,
  partsAtOnce: request?.partsAtOnce ?? USUAL_SPEED,
  slowedBy: undefined,
  latencies: undefined,
  parts: { total: 0, done: 0, failed: 0 },
  failures: [],
  differences: undefined,
  leftovers: [],
});
