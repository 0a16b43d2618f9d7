import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import { type Disposable, Emitter, type Event } from '../base/event.ts';
import { shortText, sideLabel } from './names.ts';
import type { NamespaceRef } from './namespaceRef.ts';
import { isAccount } from './sourceId.ts';
import type { KvNamespace, KvReader, KvSource, KvStore, SourceChange } from './store.ts';
import { readOnly } from './wrappers/readOnly.ts';

/** Some sources of one kind, found and kept by their owner: the local state folders, the signed-in accounts. */
export interface SourceGroup {
  readonly sources: readonly KvSource[];
  /** Sources came or went. */
  readonly onDidChange: Event<void>;
  /** Resolves when the first search has finished. */
  readonly ready: Promise<void>;
  /** Resolves when there is something to show, which a search may find long before its end. */
  readonly shown?: Promise<void>;
}

/** What changed where; everything when `source` is absent. */
export interface RegistryChange extends SourceChange {
  readonly source?: string;
}

/** A source whose namespaces are unknown, and why. */
export interface Unlisted {
  readonly source: KvSource;
  readonly error: unknown;
}

/** Whether, and why, a namespace must not be written: a sentence for the user. */
export type ReadOnlyReason = (namespace: NamespaceRef) => string | undefined;

/** Every source there is, of whatever kind. */
export class SourceRegistry implements Disposable {
  readonly #groups: readonly SourceGroup[];
  readonly #readOnlyReason: ReadOnlyReason;
  readonly #changed = new Emitter<RegistryChange>();
  readonly #owned: Disposable[] = [];
  readonly #statusChanged = new Emitter<string>();
  readonly #loaded = new Emitter<void>();
  #listening: Disposable[] = [];
  readonly onDidChange = this.#changed.event;
  /** The id of a source whose status moved: its dev server came or went. */
  readonly onDidChangeStatus = this.#statusChanged.event;
  /** The namespaces of an account were listed, or are no longer known. */
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

  /** Resolves when every group has something to show: there may be more to come. */
  async shown(): Promise<void> {
    await Promise.all(this.#groups.map((group) => group.shown ?? group.ready));
  }

  get sources(): readonly KvSource[] {
    return this.#groups.flatMap((group) => group.sources);
  }

  /**
   * The source with this id, as soon as it is found. Throws when there is none after the first search:
   * `unauthenticated` for an account, `namespaceNotFound` for a project.
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

  /** What everybody reads a namespace by. */
  async store(namespace: NamespaceRef): Promise<KvReader> {
    return await this.writer(namespace);
  }

  /**
   * The same of a namespace that must exist: a local one that nobody knows would read as if it had no keys. Throws
   * `namespaceNotFound`.
   */
  async existing(namespace: NamespaceRef): Promise<KvReader> {
    await this.checkExists(namespace);
    return await this.store(namespace);
  }

  /** Throws `namespaceNotFound`; one of an account is found missing by whatever asks the account for it. */
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

  /** For `core/change` alone, which is the one way to write: a namespace that is read-only is so for everybody. */
  async writer(namespace: NamespaceRef): Promise<KvStore> {
    const store = (await this.source(namespace.source)).store(namespace.id);
    return readOnly(store, () => this.#readOnlyReason(namespace));
  }

  /** Why this namespace must not be written. */
  readOnlyReason(namespace: NamespaceRef): string | undefined {
    return this.#readOnlyReason(namespace);
  }

  /** The namespace and its source; a namespace that is not listed (yet) is described by its id alone. */
  async describe(ref: NamespaceRef): Promise<{ source: KvSource; namespace: KvNamespace }> {
    const source = await this.source(ref.source);
    const listed = (await source.namespaces()).find((namespace) => namespace.id === ref.id);
    return {
      source,
      namespace: listed ?? { source: source.id, sourceKind: source.kind, id: ref.id, title: ref.id, bindings: [] },
    };
  }

  /** Every namespace of every source that can be listed. */
  async namespaces(): Promise<readonly KvNamespace[]> {
    return (await this.listing()).namespaces;
  }

  /** Also tells the sources that cannot be listed: what is not among the namespaces may be in one of them. */
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
