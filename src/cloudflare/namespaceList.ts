import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';
import { Emitter, type Event } from '../core/base/event.ts';
import type { Timing } from '../core/base/timing.ts';
import type { AccountKv, CallOptions, RemoteNamespace } from './accountKv.ts';
import { NAMESPACE_NOT_FOUND } from './codes.ts';
import {
  about,
  creatingNamespace,
  deletingNamespace,
  listingNamespaces,
  renamingNamespace,
  toKvError,
} from './errors.ts';
import { FailedRequest, hasCode, maybeDone } from './failure.ts';

/** If creating a namespace was not answered, it may take a moment until it is listed. */
const LOOKS = 3;
const PAUSE_MS = 1000;

/** The calls that are used. */
type NamespaceCalls = Pick<AccountKv, 'listNamespaces' | 'createNamespace' | 'renameNamespace' | 'deleteNamespace'>;

/** The namespaces of an account: listed once, then kept until {@link forget} or a change made here. */
export class NamespaceList {
  readonly #kv: NamespaceCalls;
  readonly #timing: Timing;
  readonly #changed = new Emitter<void>();
  #listed: readonly RemoteNamespace[] | undefined;
  /** Absent if the next call is to ask again. */
  #listedAt: number | undefined;
  #listing: Promise<readonly RemoteNamespace[]> | undefined;
  #generation = 0;
  /** Fires when {@link known} has changed. */
  readonly onDidChange: Event<void> = this.#changed.event;

  constructor(kv: NamespaceCalls, timing: Timing) {
    this.#kv = kv;
    this.#timing = timing;
  }

  /** The result of the last listing and its age in milliseconds: infinite if it was forgotten. Makes no request. */
  get known(): { readonly listed: readonly RemoteNamespace[]; readonly ageMs: number } | undefined {
    const ageMs = this.#timing.now() - (this.#listedAt ?? Number.NEGATIVE_INFINITY);
    return this.#listed && { listed: this.#listed, ageMs };
  }

  /** Concurrent calls share one request. */
  async all(): Promise<readonly RemoteNamespace[]> {
    if (this.#listed && this.#listedAt !== undefined) return this.#listed;
    this.#listing ??= this.#keep().finally(() => {
      this.#listing = undefined;
    });
    return await this.#listing;
  }

  /** Makes the next call ask the account again. Until it is answered, names are those of the last listing. */
  forget(): void {
    this.#listedAt = undefined;
    this.#listing = undefined;
    this.#generation++;
    this.#changed.fire();
  }

  /** If the answer is lost, looks for the namespace instead of creating it a second time. */
  async create(title: string, signal: AbortSignal | undefined): Promise<RemoteNamespace> {
    const subject = creatingNamespace(title);
    const before = await this.all();
    if (before.some((namespace) => namespace.title === title)) throw titleExists(title);
    try {
      const created = await this.#kv.createNamespace(title, { priority: 'interactive', signal });
      this.#change((listed) => [...listed.filter(({ id }) => id !== created.id), created]);
      return created;
    } catch (error) {
      if (!(error instanceof FailedRequest && maybeDone(error.failure))) throw toKvError(error, subject);
      const known = new Set(before.map(({ id }) => id));
      const found = await this.#lookFor((namespace) => namespace.title === title && !known.has(namespace.id), signal);
      if (found) return found;
      throw toKvError(error, subject);
    }
  }

  async rename(id: string, title: string, signal: AbortSignal | undefined): Promise<void> {
    await about(renamingNamespace, this.#kv.renameNamespace(id, title, { priority: 'interactive', signal }));
    this.#change((listed) => listed.map((namespace) => (namespace.id === id ? { ...namespace, title } : namespace)));
  }

  /** Not an error if the namespace is already gone, provided that it was in the last listing. */
  async remove(id: string, signal?: AbortSignal): Promise<void> {
    const wasListed = this.#listed?.some((namespace) => namespace.id === id) === true;
    try {
      await this.#kv.deleteNamespace(id, { priority: 'interactive', signal });
    } catch (error) {
      const isGone = error instanceof FailedRequest && hasCode(error.failure, NAMESPACE_NOT_FOUND);
      if (!(isGone && wasListed)) throw toKvError(error, deletingNamespace);
    }
    this.#change((listed) => listed.filter((namespace) => namespace.id !== id));
  }

  async #keep(): Promise<readonly RemoteNamespace[]> {
    const generation = this.#generation;
    const listed = await this.#list({ priority: 'interactive' });
    if (generation === this.#generation) this.#set(listed);
    return listed;
  }

  async #list(call: CallOptions): Promise<readonly RemoteNamespace[]> {
    const all: RemoteNamespace[] = [];
    for (let page = 1; ; page++) {
      const { namespaces, more } = await about(listingNamespaces, this.#kv.listNamespaces(page, call));
      all.push(...namespaces);
      if (!more) return all;
    }
  }

  /** Applies a change made here to the list without asking, because a listing may not show it yet. */
  #change(change: (listed: readonly RemoteNamespace[]) => readonly RemoteNamespace[]): void {
    this.#generation++;
    this.#listed &&= change(this.#listed);
    this.#changed.fire();
  }

  #set(listed: readonly RemoteNamespace[]): void {
    this.#listed = listed;
    this.#listedAt = this.#timing.now();
    this.#changed.fire();
  }

  async #lookFor(
    fits: (namespace: RemoteNamespace) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<RemoteNamespace | undefined> {
    for (let look = 0; look < LOOKS; look++) {
      if (look > 0) await this.#timing.sleep(PAUSE_MS * look, signal);
      const listed = await this.#list({ priority: 'interactive', signal });
      this.#generation++;
      this.#set(listed);
      const found = listed.find(fits);
      if (found) return found;
    }
    return undefined;
  }
}

const titleExists = (title: string): KvError =>
  new KvError(
    'conflict',
    l10n.t(
      'The namespace “{0}” was not created: the account has one with this title already. Choose another one.',
      title,
    ),
  );
