import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import { type Disposable, Emitter, type Event } from '../base/event.ts';
import { fullName, shortId, shortText, sideLabel } from './names.ts';
import type { NamespaceRef } from './namespaceRef.ts';
import { isAccount } from './sourceId.ts';
import type { KvNamespace, KvReader, KvSource, KvStore, SourceChange } from './store.ts';
import { readOnly } from './wrappers/readOnly.ts';

/** Sources of one kind, managed by one owner: the local state folders, or the signed-in accounts. */
export interface SourceGroup {
  readonly sources: readonly KvSource[];
  /** Fires when sources were added or removed. */
  readonly onDidChange: Event<void>;
  /** Resolves when the first search has finished. */
  readonly ready: Promise<void>;
  /** Resolves when there is something to show, which may be long before the search ends. */
  readonly shown?: Promise<void>;
}

/** What changed, and in which source; `source` is absent if anything may have changed. */
export interface RegistryChange extends SourceChange {
  readonly source?: string;
}

/** A source whose namespaces cannot be listed, and why. */
export interface Unlisted {
  readonly source: KvSource;
  readonly error: unknown;
}

/** Returns why a namespace must not be written, as a sentence for the user; `undefined` if it may be. */
export type ReadOnlyReason = (namespace: NamespaceRef) => string | undefined;

/** All sources, of every kind. */
export class SourceRegistry implements Disposable {
  readonly #groups: readonly SourceGroup[];
  readonly #readOnlyReason: ReadOnlyReason;
  readonly #changed = new Emitter<RegistryChange>();
  readonly #owned: Disposable[] = [];
  readonly #statusChanged = new Emitter<string>();
  readonly #loaded = new Emitter<void>();
  #listening: Disposable[] = [];
  readonly onDidChange = this.#changed.event;
  /** Fires with the id of a source whose dev server has started or stopped. */
  readonly onDidChangeStatus = this.#statusChanged.event;
  /** Fires when the namespaces of an account were listed, or are no longer known. */
  readonly onDidLoad = this.#loaded.event;

  constructor(groups: readonly SourceGroup[], readOnlyReason: ReadOnlyReason) {
    this.#groups = groups;
    this.#readOnlyReason = readOnlyReason;
    for (const group of groups) {
      this.#owned.push(
        group.onDidChange(() => {
          this.#listen();
          this.#changed.fire({});
        }),
      );
    }
    this.#listen();
  }

  /** Resolves when every group has finished its first search. */
  async ready(): Promise<void> {
    await Promise.all(this.#groups.map((group) => group.ready));
  }

  /** Resolves when every group has something to show; more may follow. */
  async shown(): Promise<void> {
    await Promise.all(this.#groups.map((group) => group.shown ?? group.ready));
  }

  get sources(): readonly KvSource[] {
    return this.#groups.flatMap((group) => group.sources);
  }

  /** Whether an account is shown. Without one, what is not here may be in an account. */
  get hasAccount(): boolean {
    return this.sources.some(({ kind }) => kind === 'remote');
  }

  /**
   * The source with this id, as soon as it is found. Throws if there is none after the first search: `unauthenticated`
   * for an account, `namespaceNotFound` for a project.
   */
  async source(id: string): Promise<KvSource> {
    const found = this.#find(id) ?? (await this.#foundLater(id));
    if (!found && isAccount(id)) {
      throw new KvError(
        'unauthenticated',
        l10n.t('This KV belongs to an account that you are not signed in to, or that is hidden. Sign in to see it.'),
      );
    }
    if (!found) {
      throw new KvError(
        'namespaceNotFound',
        l10n.t('This KV source is not part of the workspace any more. Open the folder that holds its wrangler config.'),
      );
    }
    return found;
  }

  #find(id: string): KvSource | undefined {
    return this.sources.find((source) => source.id === id);
  }

  async #foundLater(id: string): Promise<KvSource | undefined> {
    const { promise: isThere, resolve } = Promise.withResolvers<void>();
    const listening = this.#changed.event(() => {
      if (this.#find(id)) resolve();
    });
    await Promise.race([this.ready(), isThere]).finally(() => listening.dispose());
    return this.#find(id);
  }

  /** The store for reading a namespace. */
  async store(namespace: NamespaceRef): Promise<KvReader> {
    return await this.writer(namespace);
  }

  /**
   * Like {@link store}, for a namespace that must exist: an unknown local namespace would read as if it had no keys.
   * Throws `namespaceNotFound`.
   */
  async existing(namespace: NamespaceRef): Promise<KvReader> {
    await this.checkExists(namespace);
    return await this.store(namespace);
  }

  /**
   * Throws `namespaceNotFound`. Does not ask an account: a missing namespace there is noticed by the request that uses
   * it.
   */
  async checkExists({ source: sourceId, id }: NamespaceRef): Promise<void> {
    const source = await this.source(sourceId);
    if ((await source.has?.(id)) !== false) return;
    throw new KvError(
      'namespaceNotFound',
      l10n.t(
        'There is no namespace “{0}” in {1}: no binding names it, and nothing of it lies on disk. Refresh to see the namespaces as they are.',
        shortText(id),
        sideLabel(source),
      ),
    );
  }

  /** Only for `core/change`, the one place that writes, so that a read-only namespace is read-only for every caller. */
  async writer(namespace: NamespaceRef): Promise<KvStore> {
    const store = (await this.source(namespace.source)).store(namespace.id);
    return readOnly(store, () => this.#readOnlyReason(namespace));
  }

  /** Why this namespace must not be written; `undefined` if it may be. */
  readOnlyReason(namespace: NamespaceRef): string | undefined {
    return this.#readOnlyReason(namespace);
  }

  /** The namespace and its source. A namespace that is not (yet) listed is described by its id alone. */
  async describe(ref: NamespaceRef): Promise<{ source: KvSource; namespace: KvNamespace }> {
    const source = await this.source(ref.source);
    const listed = (await source.namespaces()).find((namespace) => namespace.id === ref.id);
    return { source, namespace: listed ?? unlisted(source, ref.id) };
  }

  /**
   * "SESSIONS (Acme Inc)", for a sentence about a namespace that perhaps cannot be listed now: then it goes by its last
   * listing, else by its id.
   */
  async nameOf(ref: NamespaceRef): Promise<string> {
    try {
      return fullName(await this.describe(ref));
    } catch {
      const source = this.#find(ref.source);
      if (!source) return shortId(ref.id);
      const known = source.loaded?.namespaces.find(({ id }) => id === ref.id);
      return fullName({ source, namespace: known ?? unlisted(source, ref.id) });
    }
  }

  /** Every namespace of all sources that can be listed. */
  async namespaces(): Promise<readonly KvNamespace[]> {
    return (await this.listing()).namespaces;
  }

  /**
   * Like {@link namespaces}, but also returns the sources that cannot be listed, because a missing namespace may be in
   * one of them.
   */
  async listing(): Promise<{ readonly namespaces: readonly KvNamespace[]; readonly unlisted: readonly Unlisted[] }> {
    await this.ready();
    const lists = await Promise.all(
      this.sources.map(async (source): Promise<{ readonly listed: readonly KvNamespace[] } | Unlisted> => {
        try {
          return { listed: await source.namespaces() };
        } catch (error) {
          return { source, error };
        }
      }),
    );
    return {
      namespaces: lists.flatMap((list) => ('listed' in list ? list.listed : [])),
      unlisted: lists.flatMap((list) => ('listed' in list ? [] : list)),
    };
  }

  #listen(): void {
    for (const listener of this.#listening) listener.dispose();
    this.#listening = this.sources.flatMap((source) => {
      const changes = source.onDidChange((change) => this.#changed.fire({ ...change, source: source.id }));
      const status = source.onDidChangeStatus?.(() => this.#statusChanged.fire(source.id));
      const loaded = source.onDidLoad?.(() => this.#loaded.fire());
      return [changes, status, loaded].filter((listener) => listener !== undefined);
    });
  }

  dispose(): void {
    for (const owned of [...this.#owned, ...this.#listening]) owned.dispose();
    this.#changed.dispose();
    this.#statusChanged.dispose();
    this.#loaded.dispose();
  }
}

const unlisted = (source: KvSource, id: string): KvNamespace => ({
  source: source.id,
  sourceKind: source.kind,
  id,
  title: id,
  bindings: [],
});
