import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { AccountCalls } from '../../src/cloudflare/accountCalls.ts';
import { isKvError } from '../../src/core/base/errors.ts';
import { realTiming } from '../../src/core/base/timing.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvPage } from '../../src/core/store/store.ts';
import { InsideJobs } from '../../src/inside/insideJobs.ts';
import type { JobPhase, JobRequest, JobState } from '../../src/inside/job.ts';
import type { Pace } from '../../src/inside/protocol.ts';
import type { Keyspace } from './cloudflare/keyspace.ts';
import type { BackendKey } from './cloudflare/kvBackend.ts';
import type { NamespaceRecord } from './cloudflare/namespaces.ts';
import { onDisk } from './onDisk.ts';

export const never = new AbortController().signal;

/** Small pages and no waiting. */
export const hastyPace: Pace = {
  turnMs: 100,
  settleMs: 100,
  probeKeys: 25,
  pagesPerPart: 3,
  pageSize: 25,
  stuckMs: 600_000,
  retryMs: 50,
  callRetryMs: 20,
};

const HOUR_MS = 3_600_000;

/**
 * Jobs of an account as another window sees them. It may look as often as it likes, because an hour passes between two
 * looks.
 */
export function jobsOf(calls: AccountCalls, pace = hastyPace): InsideJobs {
  let now = 0;
  return new InsideJobs({ calls, pace, timing: { ...realTiming, now: () => (now += HOUR_MS) } });
}

export const copyOf = (from: NamespaceRecord, to: NamespaceRecord, more: Partial<JobRequest> = {}): JobRequest => ({
  job: 'copy',
  from: about(from),
  to: about(to),
  mode: 'all',
  verify: false,
  partsAtOnce: 6,
  ...more,
});

export const about = ({ id, title }: NamespaceRecord) => ({ id, title });

/** Jobs that take longer are looked at less often, because each look returns every step. */
const LONG_MS = 120_000;

/** The state of a job once it is in one of these phases. */
export async function reached(jobs: InsideJobs, id: string, ...phases: readonly JobPhase[]): Promise<JobState> {
  return await reachedWithin(jobs, id, 120_000, phases);
}

async function reachedWithin(jobs: InsideJobs, id: string, ms: number, phases: readonly JobPhase[]): Promise<JobState> {
  const end = performance.now() + ms;
  for (;;) {
    // One process is the account and everything that runs in it; while busy, it may not answer in time.
    const state = await jobs.state(id, never).catch((error: unknown) => {
      if (!isKvError(error, 'offline')) throw error;
      return undefined;
    });
    if (state && phases.includes(state.phase)) return state;
    assert.ok(performance.now() < end, `still ${state?.phase}: ${JSON.stringify(state)}`);
    await wait(ms > LONG_MS ? 2000 : 200);
  }
}

/** Starts a job and waits for its end. */
export async function carriedOut(jobs: InsideJobs, request: JobRequest, ms = 120_000): Promise<JobState> {
  const { id } = await jobs.start(request, await jobs.upload(request), never);
  return await reachedWithin(jobs, id, ms, ['done', 'failed']);
}

export async function fill({ keys }: NamespaceRecord, entries: readonly KvEntry[]): Promise<void> {
  for (let at = 0; at < entries.length; at += 1000) {
    await keys.putMany(
      entries.slice(at, at + 1000).map(({ key, value, metadata, expiration }) => ({
        key,
        value: Buffer.from(value).toString('base64'),
        base64: true,
        ...(metadata !== undefined && { metadata }),
        ...(expiration !== undefined && { expiration }),
      })),
    );
  }
}

export async function listed(keys: Keyspace): Promise<readonly BackendKey[]> {
  const all: BackendKey[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await keys.list({ limit: 1000, ...(cursor !== undefined && { cursor }) });
    all.push(...page.keys);
    cursor = page.cursor;
  }
  return all;
}

/** An entry in the form of {@link contentOf}. */
export const lineOf = ({ key, value, metadata, expiration }: KvEntry): string =>
  JSON.stringify([key, expiration ?? null, metadata ?? null, Buffer.from(value).toString('base64')]);

/** Everything in a namespace in comparable form: names, expirations, metadata and bytes, as on disk. */
export async function contentOf(namespace: NamespaceRecord): Promise<readonly string[]> {
  const store = onDisk(namespace);
  const lines: string[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page: KvPage = await store.list({ limit: 1000, ...(cursor !== undefined && { cursor }) });
    for await (const entry of store.getMany(page.keys.map(({ name }) => name))) lines.push(lineOf(entry));
    cursor = page.cursor;
  }
  return lines;
}
