import type { Finding, Limit, PartParams, Tally } from '../protocol.ts';
import { again } from './lanes.ts';
import { LimitHit, limitOf, textOf } from './limits.ts';
import type { Pair } from './readPage.ts';
import { emptyTally } from './tally.ts';

/** The only bindings of the Worker. */
export interface Env {
  readonly SOURCE: KVNamespace;
  /** For a copy. */
  readonly TARGET?: KVNamespace;
  /** For an export. */
  readonly BUCKET?: R2Bucket;
  readonly PART: Workflow<PartParams>;
}

/** A key as a listing has it. */
export type Listed = KVNamespaceListKey<unknown>;

/**
 * How many keys of a page may be throttled before the page is given up: others may be writing a key. The same number of
 * throttled calls slows down what follows, unless only a few keys are concerned.
 */
const STRAY_LIMITS = 10;
const FEW = 3;
/** If this many calls succeeded while a key was refused, the reason is the key. */
const OTHERS = 20;
const LONGEST_MESSAGE = 200;
/**
 * The engine keeps the findings of a page, up to 1 MiB; beyond this limit they are only counted. Roughly in characters.
 */
const MOST_FOUND = 160_000;

/** One page in progress: what it counts, measures and finds. */
export class PageWork {
  readonly env: Env;
  readonly params: PartParams;
  readonly tally: Tally = emptyTally();
  readonly found: Finding[] = [];
  readonly #done = new Set<string>();
  /** Keys that were throttled, and how many calls had succeeded by then. */
  readonly #strays = new Map<string, number>();
  /** Those keys for which every attempt was refused, and why. */
  readonly #refused = new Map<string, unknown>();
  #succeeded = 0;
  #refusals = 0;
  /** The limit that was hit so often that the rest should continue more slowly. */
  slowedBy: Limit | undefined;
  #foundSize = 0;

  constructor(env: Env, params: PartParams) {
    this.env = env;
    this.params = params;
  }

  get lanes(): number {
    return this.params.size.lanes;
  }

  /** The kind of call that shows whether more calls are accepted. */
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

  /** The current listing entry of a key. */
  async look(namespace: KVNamespace, key: string): Promise<Listed | undefined> {
    const query = { prefix: key, limit: 1 };
    let page = await this.list(namespace, query);
    // A page may be empty before the end of the listing.
    while (page.keys.length === 0 && !page.list_complete) {
      page = await this.list(namespace, { ...query, cursor: page.cursor });
    }
    return page.keys[0]?.name === key ? page.keys[0] : undefined;
  }

  /** Retries work on a single key. Throws `LimitHit` if a limit was hit that concerns all keys. */
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
   * Works on one key, which afterwards is done, or has failed and is counted as such; either way nobody works on it
   * again. A key that was throttled at every attempt is left to {@link settle}. Nothing of a key may be counted before
   * a call that can throw. Throws `LimitHit` if a limit concerns all keys; the key is not done then.
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
   * At the end of a page, keys that were throttled at every attempt count as failed. If the page was given up, only
   * those count that were refused while others were not; otherwise it is the account that is throttled, and another
   * page tries them again.
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
