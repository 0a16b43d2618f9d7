import { realTiming, type Timing } from '../../core/base/timing.ts';
import type { KvEntry, KvKeyInfo } from '../../core/entry/entry.ts';
import { firstPage } from '../../core/store/firstPage.ts';
import type { Services } from '../../services.ts';
import type { CodeNamespace, CodeNamespaces } from './codeNamespaces.ts';

/** How long an answer of an account is considered current, in milliseconds. */
export const KEPT_MS = 60_000;

/**
 * How many keys to show at once; nobody reads longer lists. An account is always asked for this many, whatever the
 * caller needs.
 */
export const MOST_KEYS = 200;

/** How many lists to keep: one for each text that was recently typed. */
const MOST_PAGES = 100;

/** How long the user must not have typed before an account is asked, in milliseconds. */
export const PAUSE_MS = 300;

interface Kept {
  readonly at: number;
  readonly namespace: string;
  readonly prefix: string;
  /** Absent while it is being fetched, and after an error. */
  readonly page?: { readonly keys: readonly KvKeyInfo[]; readonly isPart: boolean };
}

/**
 * What help in code knows of an account's keys: what the view has read and, only if the setting `code.remote` is on,
 * what it fetches itself after a pause in typing. Typing never waits for that.
 */
export class RemoteKeys {
  readonly #namespaces: Pick<CodeNamespaces, 'store'>;
  readonly #tree: Pick<Services['tree'], 'loadedKeys'>;
  readonly #settings: Pick<Services['settings'], 'codeRemote'>;
  readonly #timing: Pick<Timing, 'now' | 'alarm'>;
  readonly #kept = new Map<string, Kept>();
  /** What to fetch after the pause, by namespace. */
  readonly #soon = new Map<string, { readonly id: string; readonly cancel: () => void }>();

  constructor(
    namespaces: Pick<CodeNamespaces, 'store'>,
    tree: Pick<Services['tree'], 'loadedKeys'>,
    settings: Pick<Services['settings'], 'codeRemote'>,
    timing: Pick<Timing, 'now' | 'alarm'> = realTiming,
  ) {
    this.#namespaces = namespaces;
    this.#tree = tree;
    this.#settings = settings;
    this.#timing = timing;
  }

  get isAsked(): boolean {
    return this.#settings.codeRemote;
  }

  /** The known keys with this prefix, up to a maximum; `isPart` asks the caller to call again. */
  keys(namespace: CodeNamespace, prefix: string, most: number): { keys: readonly KvKeyInfo[]; isPart: boolean } {
    const loaded = this.#tree.loadedKeys(namespace.ref, '', most);
    if (!this.isAsked) {
      if (loaded.length < most) return { keys: loaded, isPart: false };
      return { keys: this.#tree.loadedKeys(namespace.ref, prefix, most), isPart: true };
    }
    const id = JSON.stringify([namespace.ref, prefix]);
    const page = this.#fresh(id)?.page ?? this.#wholeOf(namespace, prefix);
    if (page) {
      this.#noMoreSoon(JSON.stringify(namespace.ref));
      return { keys: page.keys.slice(0, most), isPart: page.isPart || page.keys.length > most };
    }
    if (this.#fresh(id) === undefined) this.#listSoon(id, namespace, prefix);
    return { keys: this.#tree.loadedKeys(namespace.ref, prefix, most), isPart: true };
  }

  /** The entry of a key, if the account may be asked. */
  async entry(namespace: CodeNamespace, key: string, signal: AbortSignal): Promise<KvEntry | undefined> {
    if (!this.isAsked) return undefined;
    return await (await this.#namespaces.store(namespace)).get(key, signal);
  }

  dispose(): void {
    for (const namespace of this.#soon.keys()) this.#noMoreSoon(namespace);
  }

  #noMoreSoon(namespace: string): void {
    this.#soon.get(namespace)?.cancel();
    this.#soon.delete(namespace);
  }

  #fresh(id: string): Kept | undefined {
    const kept = this.#kept.get(id);
    return kept && this.#isFresh(kept) ? kept : undefined;
  }

  /** Filters all keys of a shorter prefix, if they are known to be complete. */
  #wholeOf({ ref }: CodeNamespace, prefix: string): Kept['page'] {
    const namespace = JSON.stringify(ref);
    for (const kept of this.#kept.values()) {
      const isWhole = kept.page?.isPart === false && kept.namespace === namespace && prefix.startsWith(kept.prefix);
      if (!isWhole || !this.#isFresh(kept)) continue;
      return { keys: kept.page?.keys.filter(({ name }) => name.startsWith(prefix)) ?? [], isPart: false };
    }
    return undefined;
  }

  /**
   * Of a burst of requests for a namespace only the last one is sent, because that is where the user stopped typing.
   * Repeating the same request does not restart the pause.
   */
  #listSoon(id: string, namespace: CodeNamespace, prefix: string): void {
    const of = JSON.stringify(namespace.ref);
    if (this.#soon.get(of)?.id === id) return;
    this.#noMoreSoon(of);
    const cancel = this.#timing.alarm(PAUSE_MS, () => {
      this.#soon.delete(of);
      // It is fetched again after a while; the view shows what is wrong with an account.
      this.#list(id, namespace, prefix).catch(() => {});
    });
    this.#soon.set(of, { id, cancel });
  }

  async #list(id: string, namespace: CodeNamespace, prefix: string): Promise<void> {
    if (this.#kept.size >= MOST_PAGES) this.#kept.clear();
    const about = { at: this.#timing.now(), namespace: JSON.stringify(namespace.ref), prefix };
    this.#kept.set(id, about);
    const store = await this.#namespaces.store(namespace);
    const { keys, cursor } = await firstPage(store, {
      ...(prefix !== '' && { prefix }),
      limit: MOST_KEYS,
      background: true,
    });
    this.#kept.set(id, { ...about, at: this.#timing.now(), page: { keys, isPart: cursor !== undefined } });
  }

  #isFresh({ at }: Kept): boolean {
    return this.#timing.now() - at < KEPT_MS;
  }
}
