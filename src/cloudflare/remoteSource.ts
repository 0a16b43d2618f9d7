import { throwIfCancelled, untilCancelled } from '../core/base/cancel.ts';
import { Emitter, type Event } from '../core/base/event.ts';
import { realTiming, type Timing } from '../core/base/timing.ts';
import type {
  KvNamespace,
  KvSource,
  KvStore,
  LoadedNamespaces,
  SourceChange,
  SourceProblem,
} from '../core/store/store.ts';
import { consistent } from '../core/store/wrappers/consistent.ts';
import { paced } from '../core/store/wrappers/paced.ts';
import { validated } from '../core/store/wrappers/validated.ts';
import type { UsageQuery, UsageReadings } from '../core/usage/readings.ts';
import type { WranglerConfig } from '../wrangler/config.ts';
import type { AccountCalls } from './accountCalls.ts';
import type { AccountKv } from './accountKv.ts';
import type { AccountUsage } from './accountUsage.ts';
import type { BulkLimits } from './bulkBodies.ts';
import type { Connection, ConnectionState } from './connection.ts';
import { NamespaceList } from './namespaceList.ts';
import { remoteNamespaces } from './remoteNamespaces.ts';
import { RemoteStore } from './remoteStore.ts';
import type { ServerClock } from './serverClock.ts';
import { valuePath } from './valuePath.ts';
import { watched } from './watchedStore.ts';

export interface RemoteSourceParts {
  readonly account: { readonly id: string; readonly name: string };
  readonly kv: AccountKv;
  /** From `checkBaseUrl`; only for {@link RemoteSource.valueUrl}. */
  readonly baseUrl: string;
  /** The current wrangler configs of the workspace. Call {@link RemoteSource.changed} after they have changed. */
  readonly configs: () => readonly WranglerConfig[];
  /** What the requests of `kv` reveal about the account's state. Disposed together with the source. */
  readonly connection: Connection;
  readonly usage: AccountUsage;
  readonly calls: AccountCalls;
  /** The server's clock, by which expirations are judged. */
  readonly clock: ServerClock;
  readonly timing?: Timing | undefined;
  readonly bulkLimits?: BulkLimits | undefined;
}

/** How long a list of namespaces is trusted. After that, somebody else may have created others. */
const FRESH_MS = 5 * 60_000;

/** The KV of one account. Makes no request before it is used. */
export class RemoteSource implements KvSource {
  readonly id: string;
  readonly kind = 'remote';
  readonly label: string;
  readonly problems: readonly SourceProblem[] = [];
  readonly wranglerFlags: readonly string[] = ['--remote'];
  readonly #parts: RemoteSourceParts;
  readonly #timing: Timing;
  readonly #namespaces: NamespaceList;
  readonly #connection: Connection;
  readonly #changed = new Emitter<SourceChange>();
  /** One store per namespace, because it remembers recent writes. */
  readonly #stores = new Map<string, KvStore>();
  readonly onDidChange: Event<SourceChange> = this.#changed.event;

  constructor(parts: RemoteSourceParts) {
    const { account, kv, connection, timing = realTiming } = parts;
    this.#parts = parts;
    this.#timing = timing;
    this.id = `account-${account.id}`;
    this.label = account.name;
    this.#namespaces = new NamespaceList(kv, timing);
    this.#connection = connection;
    connection.onDidChange((state) => {
      if (state === 'ok') this.changed({ only: 'unread' });
    });
  }

  /** The server's clock, by which expirations are judged. */
  get clock(): ServerClock {
    return this.#parts.clock;
  }

  /** As the last request has shown. While `offline`, the connection is tried again automatically. */
  get state(): ConnectionState {
    return this.#connection.state;
  }

  get onDidChangeState(): Event<ConnectionState> {
    return this.#connection.onDidChange;
  }

  /** Requested once, then kept until {@link refresh}. */
  async namespaces(signal?: AbortSignal): Promise<readonly KvNamespace[]> {
    throwIfCancelled(signal);
    const listed = await untilCancelled(this.#namespaces.all(), signal);
    return remoteNamespaces(this.id, listed, this.#parts.configs());
  }

  get loaded(): LoadedNamespaces | undefined {
    const { known } = this.#namespaces;
    if (known === undefined) return undefined;
    const namespaces = remoteNamespaces(this.id, known.listed, this.#parts.configs());
    return { namespaces, freshMs: this.state === 'ok' ? Math.max(0, FRESH_MS - known.ageMs) : 0 };
  }

  get onDidLoad(): Event<void> {
    return this.#namespaces.onDidChange;
  }

  /** Makes the next listing ask the account again. */
  refresh(): void {
    this.retry();
    this.#namespaces.forget();
    this.changed();
  }

  retry(): void {
    this.#connection.retry();
  }

  /** Call when the workspace's configs may refer to other namespaces. */
  configsChanged(): void {
    this.changed({ only: 'names' });
  }

  /** Reports that a namespace, some of its keys, or everything may have changed. */
  changed(change: SourceChange = {}): void {
    this.#changed.fire(change);
  }

  async create(title: string, signal?: AbortSignal): Promise<KvNamespace> {
    const created = await this.#namespaces.create(title, signal);
    this.changed({ only: 'names' });
    const [namespace] = remoteNamespaces(this.id, [created], this.#parts.configs());
    return namespace ?? { source: this.id, sourceKind: 'remote', ...created, bindings: [] };
  }

  async rename(namespaceId: string, title: string, signal?: AbortSignal): Promise<void> {
    await this.#namespaces.rename(namespaceId, title, signal);
    this.changed({ only: 'names' });
  }

  async remove(namespaceId: string): Promise<void> {
    await this.#namespaces.remove(namespaceId);
    this.#stores.delete(namespaceId);
    this.changed({ only: 'names' });
    this.changed({ namespace: namespaceId });
  }

  /** Throws `invalidInput` or `namespaceNotFound` if there can be no URL. */
  valueUrl(namespaceId: string, key: string): string {
    return this.#parts.baseUrl + valuePath(this.#parts.account.id, namespaceId, key);
  }

  /**
   * A store that validates, reads its own writes, and writes each key at most once per second. Always the same store
   * for a namespace.
   */
  store(namespaceId: string): KvStore {
    const known = this.#stores.get(namespaceId);
    if (known) return known;
    const { kv, clock, bulkLimits } = this.#parts;
    const timing = this.#timing;
    const remote = new RemoteStore({ kv, namespace: namespaceId, timing, clock, bulkLimits });
    const store = validated(
      watched({
        // Inside the pacing, so that the state before a write is the one at the time it is sent.
        store: paced(consistent(remote, timing), timing),
        onDidWrite: (keys, wrote) => this.changed({ namespace: namespaceId, keys, ...(wrote && { wrote }) }),
      }),
      () => clock.now(),
    );
    this.#stores.set(namespaceId, store);
    return store;
  }

  async usage(query: UsageQuery, signal?: AbortSignal): Promise<UsageReadings> {
    return await this.#parts.usage.read(query, signal);
  }

  /** The account's API for everything except KV, within the same budget. */
  get calls(): AccountCalls {
    return this.#parts.calls;
  }

  dispose(): void {
    this.#connection.dispose();
    this.#changed.dispose();
    this.#stores.clear();
  }
}
