import assert from 'node:assert/strict';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { InsideJobs } from '../../src/inside/insideJobs.ts';
import type { JobRef, JobRequest } from '../../src/inside/job.ts';
import { moduleTexts } from '../../src/inside/moduleTexts.ts';
import type { NamespaceRecord } from './cloudflare/namespaces.ts';
import { type Remote, startRemote } from './cloudflare/remote.ts';
import { jobsOf, listed, never } from './insideJobs.ts';

/** An account in which the jobs of a `describe` run. */
export class InsideSuite {
  /** A new one for each test, as another window has it. */
  jobs!: InsideJobs; // made by the hooks of useInside
  remote!: Remote;
  #titles = 0;

  namespace(): NamespaceRecord {
    return this.remote.server.createNamespace(`inside ${this.#titles++}`);
  }

  async keysOf({ keys }: NamespaceRecord): Promise<readonly string[]> {
    return (await listed(keys)).map(({ name }) => name);
  }

  async begin(request: JobRequest): Promise<JobRef> {
    return await this.jobs.start(request, await this.jobs.upload(request), never);
  }

  async reportOf(id: string): Promise<readonly Record<string, unknown>[]> {
    const lines: Record<string, unknown>[] = [];
    for await (const line of this.jobs.report(id, never)) lines.push(JSON.parse(line));
    return lines;
  }
}

/** Resets the account before each test, and asserts afterwards that it got no requests that it does not know. */
export function useInside(): InsideSuite {
  const suite = new InsideSuite();
  before(async () => {
    suite.remote = await startRemote();
    // They start together with the server's KV, which takes no longer than KV alone.
    await suite.remote.server.inside.prepare(Object.fromEntries(moduleTexts.map(({ name, text }) => [name, text])));
  });
  beforeEach(() => {
    const { remote } = suite;
    const { inside } = remote.server;
    suite.jobs = jobsOf(remote.source.calls);
    remote.server.reset();
    Object.assign(inside, { faults: [], callMs: 0, walkMs: 0, lateMs: 0, hasSubdomain: true, isPaid: true });
    inside.bucketNames = ['backups'];
    inside.scripts.clear();
    inside.workflows.clear();
  });
  after(async () => {
    const { violations, strays } = suite.remote.server;
    await suite.remote.stop();
    assert.deepEqual([violations, strays], [[], []]);
  });
  return suite;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const entry = (key: string, value = key): KvEntry => ({ key, value: bytes(value) });

/** "k00000", "k00001" and so on. */
export const numbered = (count: number, start = 'k'): KvEntry[] =>
  Array.from({ length: count }, (_, i) => entry(`${start}${String(i).padStart(5, '0')}`));
