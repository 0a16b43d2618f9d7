import type { Finding, Limit, PartParams, Tally } from '../protocol.ts';
import { again } from './lanes.ts';
import { LimitHit, limitOf, textOf } from './limits.ts';
import type { Pair } from './readPage.ts';
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

/**
 * So many keys of a page may be refused for going too fast before it is given up: a key may be written by others. So
 * many refusals only slow down what comes after it, unless they are those of a few keys.
 */
const STRAY_LIMITS = 10;
const FEW = 3;
/** Where so many calls went through while a key was refused, the reason is the key. */
const OTHERS = 20;
const LONGEST_MESSAGE = 200;
/** What a page has found is kept by the engine, which takes 1 MiB; the rest is only counted. In characters, about. */
const MOST_FOUND = 160_000;

/** One page that is being worked on: what it counts, measures and finds. */
export class PageWork {
  readonly env: Env;
  readonly params: PartParams;
  readonly tally: Tally = emptyTally();
  readonly found: Finding[] = [];
  readonly #done = new Set<string>();
  /** Keys that were refused for going too fast, and how many calls had gone through then. */
  readonly #strays = new Map<string, number>();
  /** Those of them that were refused at every try, and why. */
  readonly #refused = new Map<string, unknown>();
  #succeeded = 0;
  #refusals = 0;
  /** The limit that was met so often that the rest had better go on more slowly. */
  slowedBy: Limit | undefined;
  #foundSize = 0;

  constructor(env: Env, params: PartParams) {
    this.env = env;
    this.params = params;
  }

  get lanes(): number {
    return this.params.size.lanes;
  }

  /** The calls that tell whether more of them are taken. */
  get #decisive(): 'readMs' | 'writeMs' {
    return this.params.work === 'search' || this.params.work === 'export' ? 'readMs' : 'writeMs';
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
    await this.#timed('writeMs', () => namespace.delete(key));
  }

  async list(namespace: KVNamespace, options: KVNamespaceListOptions): Promise<KVNamespaceListResult<unknown, string>> {
    this.tally.lists++;
    return await this.#timed('listMs', () => namespace.list(options));
  }

  /** A key as its listing has it now. */
  async look(namespace: KVNamespace, key: string): Promise<Listed | undefined> {
    const query = { prefix: key, limit: 1 };
    let page = await this.list(namespace, query);
    // A page may be empty before the end of the listing.
    while (page.keys.length === 0 && !page.list_complete) {
      page = await this.list(namespace, { ...query, cursor: page.cursor });
    }
    return page.keys[0]?.name === key ? page.keys[0] : undefined;
  }

  /** Tries what concerns one key again; throws `LimitHit` where a limit is met that concerns all. */
  async again<T>(key: string, work: () => Promise<T>): Promise<T> {
    return await again(work, this.params.callRetryMs, (error) => {
      const limit = limitOf(error);
      if (limit === undefined) return;
      if (!this.#strays.has(key)) this.#strays.set(key, this.#succeeded);
      if (++this.#refusals > STRAY_LIMITS && this.#strays.size > FEW) this.slowedBy = limit;
      if (limit === 'subrequests' || this.#strays.size > STRAY_LIMITS) throw new LimitHit(limit, textOf(error));
    });
  }

  /**
   * Works on one key, which is done then, or has failed by its name: it is counted, and nobody works on it again. So
   * nothing of it may be counted before a call that can throw. Throws what concerns all keys; it is not done then.
   */
  async one<T>({ name, error }: Pick<Pair, 'name' | 'error'>, work: () => Promise<T>): Promise<T | undefined> {
    let result: T | undefined;
    try {
      if (error !== undefined) throw error;
      result = await work();
    } catch (caught) {
      if (caught instanceof LimitHit) throw caught;
      if (limitOf(caught)) this.#refused.set(name, caught);
      else this.#fail(name, caught);
      return undefined;
    }
    this.#done.add(name);
    return result;
  }

  /**
   * At the end of a page: keys that were refused for going too fast have failed. Where the page was given up, only
   * those that were refused while others were not: else it is the account that is refused, and another page tries them
   * again.
   */
  settle(isGivenUp: boolean): void {
    for (const [key, error] of this.#refused) {
      const others = this.#succeeded - (this.#strays.get(key) ?? 0);
      if (!isGivenUp || others >= OTHERS) this.#fail(key, error);
    }
    this.#refused.clear();
  }

  #fail(key: string, error: unknown): void {
    this.tally.failed++;
    this.find({ kind: 'failed', key, text: textOf(error).slice(0, LONGEST_MESSAGE) });
    this.#done.add(key);
  }

  isDone(key: string): boolean {
    return this.#done.has(key);
  }

  find(finding: Finding): void {
    this.#foundSize += finding.key.length + finding.text.length + 40;
    if (this.#foundSize < MOST_FOUND) this.found.push(finding);
  }

  async #timed<T>(sum: 'readMs' | 'writeMs' | 'listMs', call: () => Promise<T>): Promise<T> {
    const began = Date.now();
    try {
      const result = await call();
      if (sum === this.#decisive) this.#succeeded++;
      return result;
    } finally {
      this.tally[sum] += Date.now() - began;
    }
  }
}
