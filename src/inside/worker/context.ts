import type { Finding, PartParams, Tally } from '../protocol.ts';
import { LimitHit, limitOf, textOf } from './limits.ts';
import { emptyTally } from './tally.ts';

/** What the Worker is bound to, and nothing else. */
export interface Env {
  readonly SOURCE: KVNamespace;
  /** Of a copy. */
  readonly TARGET?: KVNamespace;
  /** Of an export. */
  readonly BUCKET?: R2Bucket;
  readonly PART: Workflow<PartParams>;
}

/** A key as a listing has it. */
export type Listed = KVNamespaceListKey<unknown>;

/** So many keys of a page may be refused for going too fast before that counts for all. */
const STRAY_LIMITS = 5;
const LONGEST_MESSAGE = 200;
/** What a page has found is kept by the engine, which takes 1 MiB; the rest is only counted. In characters, about. */
const MOST_FOUND = 160_000;

/** One page that is being worked on: what it counts, measures and finds. */
export class PageWork {
  readonly env: Env;
  readonly params: PartParams;
  readonly tally: Tally = emptyTally();
  readonly found: Finding[] = [];
  #strayLimits = 0;
  #foundSize = 0;

  constructor(env: Env, params: PartParams) {
    this.env = env;
    this.params = params;
  }

  get lanes(): number {
    return this.params.size.lanes;
  }

  get target(): KVNamespace {
    if (this.env.TARGET === undefined) throw new Error('This job has no target.');
    return this.env.TARGET;
  }

  async read<T>(call: () => Promise<T>): Promise<T> {
    this.tally.reads++;
    return await this.#timed('readMs', call);
  }

  async write<T>(call: () => Promise<T>): Promise<T> {
    this.tally.writes++;
    return await this.#timed('writeMs', call);
  }

  async remove(namespace: KVNamespace, key: string): Promise<void> {
    this.tally.deletes++;
    await namespace.delete(key);
  }

  async list(namespace: KVNamespace, options: KVNamespaceListOptions): Promise<KVNamespaceListResult<unknown, string>> {
    this.tally.lists++;
    return await this.#timed('listMs', () => namespace.list(options));
  }

  /** A key as its listing has it now. */
  async look(namespace: KVNamespace, key: string): Promise<Listed | undefined> {
    const { keys } = await this.list(namespace, { prefix: key, limit: 1 });
    return keys[0]?.name === key ? keys[0] : undefined;
  }

  /** Keeps why a key has failed; throws where that is a limit that all of them meet. */
  failed(key: string, error: unknown): void {
    const limit = limitOf(error);
    if (limit === 'subrequests' || (limit && ++this.#strayLimits > STRAY_LIMITS)) {
      throw error instanceof LimitHit ? error : new LimitHit(limit, textOf(error));
    }
    this.tally.failed++;
    this.find({ kind: 'failed', key, text: textOf(error).slice(0, LONGEST_MESSAGE) });
  }

  find(finding: Finding): void {
    this.#foundSize += finding.key.length + finding.text.length + 40;
    if (this.#foundSize < MOST_FOUND) this.found.push(finding);
  }

  async #timed<T>(sum: 'readMs' | 'writeMs' | 'listMs', call: () => Promise<T>): Promise<T> {
    const began = Date.now();
    try {
      return await call();
    } finally {
      this.tally[sum] += Date.now() - began;
    }
  }
}
