import { readdir } from 'node:fs/promises';
import { Emitter } from '../core/base/event.ts';
import type { Activity, ActivityEvent } from '../core/store/activity.ts';
import { isCanary } from './explorer/canary.ts';
import { FolderWatch } from './folderWatch.ts';
import { lastWritten } from './lastWritten.ts';
import type { SqliteClient } from './sqlite/client.ts';
import type { FollowResult, NamespaceFiles } from './sqlite/protocol.ts';
import { DATABASE_FILE, type StateFolder } from './stateFolder.ts';

/**
 * Delay between the first sign of a change and the look at it. It is short, because values that are replaced meanwhile
 * are not seen.
 */
const SOON_MS = 20;
/** Looking takes no more than this share of the time, however large a database is. */
const SHARE = 0.2;
/**
 * How often to look at everything without a sign, because signs get lost and keys expire without one. Opens no
 * database.
 */
const ANYWAY_MS = 1000;
/**
 * Age below which a database is not opened: a Worker is opening it, and that could fail if we do so at the same moment.
 */
const FRESH_MS = 500;
/** Each one takes four file descriptors and 0.3 MB, because what is known of it is kept in its own handle. */
const MOST_FOLLOWED = 256;
/** When the limit is reached, a database that was not written for this long makes room for one that is. */
const QUIET_MS = 60_000;

export interface SourceActivityParts {
  readonly client: Pick<SqliteClient, 'request'>;
  readonly state: StateFolder;
  /** Finds out which namespaces there are. */
  readonly list: () => Promise<unknown>;
  /** The namespace of a database, or the database's own name if that is unknown. */
  readonly idOf: (hash: string) => string;
  /** Rejects for a namespace that must not be read. */
  readonly locate: (namespaceId: string) => Promise<NamespaceFiles>;
  readonly now?: () => number;
  readonly mostFollowed?: number;
}

interface FollowedNamespace {
  readonly id: string;
  /** When it did not exist yet, in Unix milliseconds. */
  readonly since: number | undefined;
  /** Unix milliseconds. */
  readonly from: number;
  /** When it was last written, as far as known; Unix milliseconds. */
  writtenAt: number;
  /** It was looked at. */
  isStarted: boolean;
  /** It was reported as lost, and nothing of it was seen since. */
  isLost: boolean;
}

/** Follows what happens to the keys of a state folder, using the thread that reads it; see {@link Activity}. */
export class SourceActivity implements Activity {
  readonly #parts: SourceActivityParts;
  readonly #now: () => number;
  readonly #happened = new Emitter<readonly ActivityEvent[]>();
  readonly #folder: FolderWatch;
  readonly #anyway: NodeJS.Timeout;
  readonly #most: number;
  /** Unix milliseconds. */
  readonly #madeAt: number;
  /** By database name. */
  readonly #followed = new Map<string, FollowedNamespace>();
  /** Databases beyond the limit, which are not followed. */
  readonly #passedOver = new Set<string>();
  readonly #databases = new Set<string>();
  #touched = new Set<string>();
  /** There may be new databases. */
  #isWholeTouched = false;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isDisposed = false;
  readonly onDidHappen = this.#happened.event;
  readonly started: Promise<void>;

  constructor(parts: SourceActivityParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
    this.#most = parts.mostFollowed ?? MOST_FOLLOWED;
    this.#madeAt = this.#now();
    this.#folder = new FolderWatch(parts.state.databases, (name) => this.#heard(name));
    this.#anyway = setInterval(() => this.#touchAll(), ANYWAY_MS).unref();
    this.started = this.#start();
    this.started.catch(() => {});
  }

  get extent(): { readonly followed: number; readonly all: number } {
    return { followed: this.#followed.size, all: this.#followed.size + this.#passedOver.size };
  }

  async value(name: string): Promise<Uint8Array | undefined> {
    return (await this.#parts.client.request('keptValue', { name })) ?? undefined;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#folder.dispose();
    clearInterval(this.#anyway);
    clearTimeout(this.#timer);
    this.#happened.dispose();
    void this.#parts.client.request('unfollow', { databases: [...this.#databases] }).catch(() => {});
  }

  async #start(): Promise<void> {
    await this.#parts.list();
    const found = await lastWritten(this.#parts.state.databases, await this.#hashes());
    for (const [at, { hash, writtenAt }] of found.entries()) {
      if (at < this.#most) this.#add(hash, writtenAt);
      else this.#passedOver.add(hash);
    }
    for (const hash of this.#followed.keys()) await this.#look(hash);
  }

  #add(hash: string, writtenAt: number, since?: number): void {
    const from = since === undefined ? 0 : this.#now() + FRESH_MS;
    this.#followed.set(hash, { id: this.#parts.idOf(hash), since, from, writtenAt, isStarted: false, isLost: false });
  }

  /** Follows a database that is written, replacing one that is not if there are too many. */
  async #takeIn(hash: string, since?: number): Promise<void> {
    if (this.#followed.has(hash)) return;
    if (this.#followed.size >= this.#most && !(await this.#makeRoom())) {
      this.#passedOver.add(hash);
      return;
    }
    this.#passedOver.delete(hash);
    this.#add(hash, this.#now(), since);
  }

  async #makeRoom(): Promise<boolean> {
    const [quietest] = [...this.#followed].sort(([, a], [, b]) => a.writtenAt - b.writtenAt);
    if (!quietest) return false;
    const [hash, { id, writtenAt }] = quietest;
    if (writtenAt > this.#now() - QUIET_MS) return false;
    this.#followed.delete(hash);
    this.#passedOver.add(hash);
    const files = await this.#parts.locate(id).catch(() => undefined);
    if (files) await this.#parts.client.request('unfollow', { databases: [files.database] }).catch(() => {});
    return true;
  }

  async #hashes(): Promise<readonly string[]> {
    const names = await readdir(this.#parts.state.databases).catch(() => []);
    return names.flatMap((name) => DATABASE_FILE.exec(name)?.[1] ?? []);
  }

  #heard(name: string | undefined): void {
    const hash = name === undefined ? undefined : /^[0-9a-f]{64}(?=\.sqlite)/.exec(name)?.[0];
    if (hash === undefined && name !== undefined) return;
    if (hash !== undefined) this.#touched.add(hash);
    this.#isWholeTouched ||= hash === undefined || !(this.#followed.has(hash) || this.#passedOver.has(hash));
    this.#lookSoon(SOON_MS);
  }

  #touchAll(): void {
    for (const hash of this.#followed.keys()) this.#touched.add(hash);
    this.#lookSoon(SOON_MS);
  }

  #lookSoon(ms: number): void {
    if (this.#isDisposed || this.#looking !== undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const begin = performance.now();
      this.#looking = this.#lookAtTouched().finally(() => {
        this.#looking = undefined;
        const took = performance.now() - begin;
        if (this.#touched.size > 0) this.#lookSoon(Math.max(SOON_MS, took / SHARE - took));
      });
    }, ms).unref();
  }

  async #lookAtTouched(): Promise<void> {
    await this.started.catch(() => {});
    const touched = this.#touched;
    this.#touched = new Set();
    if (this.#isWholeTouched) {
      this.#isWholeTouched = false;
      await this.#parts.list().catch(() => {});
      for (const hash of await this.#hashes()) if (!this.#passedOver.has(hash)) await this.#takeIn(hash, this.#madeAt);
      for (const hash of this.#followed.keys()) touched.add(hash);
    }
    for (const hash of touched) {
      if (this.#passedOver.has(hash)) await this.#takeIn(hash);
      await this.#look(hash);
    }
  }

  async #look(hash: string): Promise<void> {
    const followed = this.#followed.get(hash);
    if (followed === undefined || this.#isDisposed || this.#now() < followed.from) return;
    try {
      const files = await this.#parts.locate(followed.id);
      if (this.#isDisposed) return;
      this.#databases.add(files.database);
      for (let isPart: true | undefined = true; isPart && !this.#isDisposed; ) {
        const result: FollowResult = await this.#parts.client.request('follow', { files, since: followed.since });
        isPart = result.isPart;
        if (!this.#isDisposed) this.#tell(followed, result);
      }
    } catch {
      // Reading it reports the error. What happens meanwhile is not seen.
      this.#lose(followed);
      return;
    }
    if (this.#isDisposed) {
      void this.#parts.client.request('unfollow', { databases: [...this.#databases] }).catch(() => {});
    }
  }

  #lose(followed: FollowedNamespace): void {
    if (followed.isLost) return;
    followed.isLost = true;
    this.#happened.fire([{ what: 'lost', at: this.#now(), count: 0, namespace: followed.id }]);
  }

  #tell(followed: FollowedNamespace, { events, unseen, isStart, isPart }: FollowResult): void {
    const { id: namespace } = followed;
    if (isStart && followed.isStarted) this.#lose(followed);
    if (!isPart) {
      followed.isStarted = true;
      followed.isLost = false;
    }
    if (events.length > 0 || unseen > 0) followed.writtenAt = this.#now();
    const shown: ActivityEvent[] = events.filter(({ key }) => !isCanary(key)).map((event) => ({ ...event, namespace }));
    if (unseen > 0) shown.push({ what: 'unseen', at: this.#now(), count: unseen, namespace });
    if (shown.length > 0) this.#happened.fire(shown);
  }
}
