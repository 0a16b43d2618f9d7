import type { KvEntry, KvKeyInfo } from '../../core/entry/entry.ts';
import type { Services } from '../../services.ts';
import type { CodeNamespace, CodeNamespaces } from './codeNamespaces.ts';

/** How long what was asked of an account is taken for what is there, in milliseconds. */
const KEPT_MS = 60_000;

/** How many lists are kept: one for each thing that was typed lately. */
const MOST_PAGES = 100;

interface Kept<T> {
  readonly at: number;
  readonly value: T;
}

/**
 * What help in code knows of an account's keys: what the view has read, and only where the setting `code.remote` is on what
 * it asks by itself. Nobody waits for that who is typing.
 */
export class RemoteKeys {
  readonly #namespaces: CodeNamespaces;
  readonly #tree: Services['tree'];
  readonly #settings: Services['settings'];
  readonly #pages = new Map<string, Kept<{ keys: readonly KvKeyInfo[]; isPart: boolean } | undefined>>();

  constructor(namespaces: CodeNamespaces, tree: Services['tree'], settings: Services['settings']) {
    this.#namespaces = namespaces;
    this.#tree = tree;
    this.#settings = settings;
  }

  get isAsked(): boolean {
    return this.#settings.codeRemote;
  }

  /** Keys with this prefix that are known by now; `isPart` asks to be called again. */
  keys(namespace: CodeNamespace, prefix: string, most: number): { keys: readonly KvKeyInfo[]; isPart: boolean } {
    const loaded = this.#tree.loadedKeys(namespace.ref, '', most);
    if (!this.isAsked) {
      if (loaded.length < most) return { keys: loaded, isPart: false };
      return { keys: this.#tree.loadedKeys(namespace.ref, prefix, most), isPart: true };
    }
    const id = JSON.stringify([namespace.ref, prefix]);
    const kept = this.#pages.get(id);
    if (kept?.value && performance.now() - kept.at < KEPT_MS) return kept.value;
    if (!kept || performance.now() - kept.at >= KEPT_MS) this.#list(id, namespace, prefix, most);
    return { keys: this.#tree.loadedKeys(namespace.ref, prefix, most), isPart: true };
  }

  /** The entry of a key, where the account may be asked. */
  async entry(namespace: CodeNamespace, key: string, signal: AbortSignal): Promise<KvEntry | undefined> {
    if (!this.isAsked) return undefined;
    return await (await this.#namespaces.store(namespace)).get(key, signal);
  }

  #list(id: string, namespace: CodeNamespace, prefix: string, limit: number): void {
    if (this.#pages.size >= MOST_PAGES) this.#pages.clear();
    this.#pages.set(id, { at: performance.now(), value: undefined });
    const list = async (): Promise<void> => {
      const store = await this.#namespaces.store(namespace);
      const { keys, cursor } = await store.list({ ...(prefix !== '' && { prefix }), limit, background: true });
      this.#pages.set(id, { at: performance.now(), value: { keys, isPart: cursor !== undefined } });
    };
    // It is asked again after a while; the view tells what is wrong with an account.
    list().catch(() => {});
  }
}
