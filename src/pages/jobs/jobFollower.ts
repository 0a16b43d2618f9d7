import * as l10n from '@vscode/l10n';
import { cancelledError, throwIfCancelled, untilCancelled } from '../../core/base/cancel.ts';
import { isKvError, KvError } from '../../core/base/errors.ts';
import { type Disposable, Emitter } from '../../core/base/event.ts';
import type { Timing } from '../../core/base/timing.ts';
import { emptyState } from '../../inside/emptyState.ts';
import { type AccountJobs, type JobRequest, type JobState, USUAL_SPEED } from '../../inside/job.ts';
import { type JobPlace, placeText } from './jobActions.ts';
import type { ShownAccount, ShownJob } from './jobModel.ts';
import { hasEnded, isUnderWay } from './jobTexts.ts';
import { isTelling, partOfReport, ReportNotKept, wholeReport } from './keptReport.ts';

/** Time between two requests for a state, in milliseconds: six requests per minute, however many jobs there are. */
export const POLL_MS = 10_000;
/** The same for a paused job. Somebody may resume it, perhaps in another window, so it is asked for now and then. */
export const PAUSED_POLL_MS = 60_000;
/** A new instance is not known everywhere at once. One that is missing for this long is gone, in milliseconds. */
export const GONE_AFTER_MS = 5 * 60_000;

export interface FollowHost {
  readonly jobsOf: (account: string) => Promise<AccountJobs>;
  /** The accounts that are shown. */
  readonly accounts: () => readonly { readonly id: string; readonly name: string }[];
  readonly timing: Timing;
}

interface RemoveOptions {
  readonly needsReport?: boolean;
  readonly unlessRunning?: boolean;
}

interface Followed extends ShownJob {
  /** When its state was last asked for, by the clock of {@link Timing}. */
  readonly askedAt: number;
  /** Since when the account has not known it, by the same clock. */
  readonly missingSince?: number | undefined;
  /** Its report, read before it was removed. */
  readonly report?: readonly string[] | undefined;
}

/**
 * The jobs of all accounts that this window knows. Asks for their states while a page shows them. Asks for those
 * started here until they have ended.
 */
export class JobFollower implements Disposable {
  readonly #host: FollowHost;
  readonly #jobs = new Map<string, Followed>();
  readonly #own = new Set<string>();
  /**
   * Jobs cancelled by this window. They are asked for until all of their parts have ended, because each request ends
   * some.
   */
  readonly #cancelled = new Set<string>();
  readonly #changed = new Emitter<void>();
  readonly #ended = new Emitter<JobState>();
  readonly #lost = new Emitter<JobPlace>();
  readonly #gone = new AbortController();
  #accounts: readonly ShownAccount[] = [];
  #watchers = 0;
  #listing = 0;
  #stopAlarm: (() => void) | undefined;
  /** When this window last asked on its own. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly onDidChange = this.#changed.event;
  /** Fires when a job that this window saw running has ended. */
  readonly onDidEnd = this.#ended.event;
  /** Fires when a job of this window is no longer in the account, and its end was not seen. */
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

  /** Keeps asking for the jobs until the result is disposed. */
  watch(): Disposable {
    this.#watchers++;
    // A new watcher also lists the jobs, so the first request can wait.
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
   * Lists the jobs of every account that is shown. Errors of accounts are in {@link accounts}. `isFresh` if the caller
   * acts on the result.
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

  /** Takes over the lists. A job that is missing in the list of its account was removed elsewhere. */
  #takeOver(lists: readonly (readonly JobState[] | undefined)[]): void {
    for (const [at, list] of lists.entries()) {
      if (!list) continue;
      const account = this.#accounts[at]?.id;
      const listed = new Set(list.map(placeText));
      for (const [key, { state, isRemoved }] of [...this.#jobs]) {
        // A job that was just started may not be listed yet.
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

  /** Forgets the jobs of accounts that are no longer shown. */
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
   * Follows a job of this window until it ends, whether a page shows it or not. `request` is given if the job was just
   * started. `startedAt` is in Unix milliseconds.
   */
  async follow(place: JobPlace, request?: JobRequest, startedAt?: number): Promise<void> {
    const key = placeText(place);
    const known = this.#jobs.get(key)?.state;
    // A list may have reported its end already. Start from an unknown state, so that the end is noticed.
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
        // A failed request does not tell whether the job is there.
        this.#jobs.set(key, { ...known, error, askedAt: this.#host.timing.now(), missingSince: undefined });
      }
    }
    if (this.#gone.signal.aborted) return;
    this.#changed.fire();
    this.#pollSoon();
  }

  /** Does something to a job, then asks for its state. */
  async act(place: JobPlace, work: (jobs: AccountJobs, signal: AbortSignal) => Promise<void>): Promise<void> {
    await work(await this.#host.jobsOf(place.account), this.#gone.signal);
    await this.ask(place);
  }

  /** Cancels a job and asks for its state until all of it has ended. */
  async cancel(place: JobPlace): Promise<void> {
    await this.act(place, async (jobs, signal) => {
      await jobs.cancel(place.id, signal);
      this.#cancelled.add(placeText(place));
    });
  }

  /**
   * Resolves when the job has ended. Rejects with `notFound` if it is gone, which takes some minutes to be certain, and
   * with `cancelled` on the signal.
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

  /** The lines of its report: the current ones, or those read before it was removed. */
  async *report(place: JobPlace, signal: AbortSignal): AsyncGenerator<string> {
    const kept = this.#jobs.get(placeText(place))?.report;
    if (kept) yield* kept;
    else yield* (await this.#host.jobsOf(place.account)).report(place.id, signal);
  }

  /**
   * Removes a job that has ended. Resolves to what could not be removed. If its report names keys and this window
   * cannot keep it, removes nothing: the report is the only record of them. With `isLost`, an earlier removal has
   * begun, so there is no report any more.
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
   * Removes Worker, workflows and instances, and keeps the report in this window. Resolves to what could not be
   * removed. With `needsReport`, rejects with {@link ReportNotKept} if it cannot keep the report. With `unlessRunning`,
   * rejects with `conflict` if the job is running.
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

  /** The job to ask for next, and when. */
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
    // The pause between two requests is the same however many jobs are due.
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

/** The state of a job before its account was asked. */
const unasked = (place: JobPlace, request: JobRequest | undefined, startedAt: number | undefined): JobState => ({
  ...emptyState(place, request ? 'probing' : 'unknown'),
  request,
  startedAt,
  partsAtOnce: request?.partsAtOnce ?? USUAL_SPEED,
});
