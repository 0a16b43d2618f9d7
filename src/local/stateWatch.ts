import type { Disposable } from '../core/base/event.ts';
import type { SourceChange } from '../core/store/store.ts';
import { FolderWatch } from './folderWatch.ts';
import type { SqliteClient } from './sqlite/client.ts';
import type { StateFolder } from './stateFolder.ts';

/** Events come in bursts: a commit touches several files several times. */
const DEBOUNCE_MS = 100;
/**
 * The file changes before the commit can be seen, and the disk takes time in between. So if there is no change yet,
 * look again after these times.
 */
const AGAIN_MS = [400, 1500, 5000] as const;
/**
 * A value's file is older than the commit that shows it, by at most this much; otherwise the key is not highlighted.
 */
const COMMIT_TAKES_MS = 1000;
const DATABASE_FILE = /^([0-9a-f]{64})\.sqlite/;

/**
 * Reports what others, such as a running Worker, change in a state folder. File events only say where to look: reading
 * raises them too, so the version of the database decides, read through the handle that is open anyway. A database that
 * nobody has read is not opened for this, because opening one at the wrong moment can fail a Worker's request.
 */
export class StateWatch implements Disposable {
  readonly #client: SqliteClient;
  readonly #state: StateFolder;
  readonly #idOf: (hash: string) => string | undefined;
  readonly #onChange: (change: SourceChange) => void;
  readonly #folder: FolderWatch;
  /** For hashes whose namespace is not known, or known only by its hash: the folders of values there were when it was last told. */
  readonly #strangers = new Map<string, string>();
  /** How often each was looked at again, since its last event or change. */
  readonly #looks = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #touched = new Set<string>();
  #isWholeTouched = false;
  /** Unix milliseconds. */
  #lookedAt = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;

  /** `idOf` returns the namespace of a database, if known. */
  constructor(
    client: SqliteClient,
    state: StateFolder,
    idOf: (hash: string) => string | undefined,
    onChange: (change: SourceChange) => void,
  ) {
    this.#client = client;
    this.#state = state;
    this.#idOf = idOf;
    this.#onChange = onChange;
    this.#folder = new FolderWatch(state.databases, (name) => this.#heard(name));
  }

  dispose(): void {
    this.#folder.dispose();
    clearTimeout(this.#timer);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#isDisposed = true;
  }

  #heard(name: string | undefined): void {
    const hash = name === undefined ? undefined : DATABASE_FILE.exec(name)?.[1];
    if (hash !== undefined) this.#touched.add(hash);
    else if (name === undefined) this.#isWholeTouched = true;
    else return;
    if (hash !== undefined) this.#looks.delete(hash);
    this.#lookSoon();
  }

  #lookSoon(): void {
    this.#timer ??= setTimeout(() => void this.#look().catch(() => {}), DEBOUNCE_MS).unref();
  }

  #lookAgain(hash: string): void {
    const looks = this.#looks.get(hash) ?? 0;
    clearTimeout(this.#timers.get(hash));
    this.#timers.delete(hash);
    const wait = AGAIN_MS[looks];
    if (wait === undefined || this.#isDisposed) return;
    this.#looks.set(hash, looks + 1);
    const touch = (): void => {
      this.#touched.add(hash);
      this.#lookSoon();
    };
    this.#timers.set(hash, setTimeout(touch, wait).unref());
  }

  async #look(): Promise<void> {
    const touched = this.#touched;
    let isWhole = this.#isWholeTouched;
    this.#touched = new Set();
    this.#isWholeTouched = false;
    this.#timer = undefined;
    const since = this.#lookedAt - COMMIT_TAKES_MS;
    this.#lookedAt = Date.now();
    const strangers = [...touched].filter((hash) => (this.#idOf(hash) ?? hash) === hash);
    if (strangers.length > 0) isWhole = (await this.#haveNews(strangers)) || isWhole;
    // Told before anything is asked of databases, because that may have to wait.
    if (isWhole) this.#onChange({});
    for (const hash of touched) {
      const id = this.#idOf(hash);
      if (id === undefined) continue;
      if (!(await this.#hasChanged(hash))) this.#lookAgain(hash);
      else this.#onChange({ namespace: id, ...(await this.#written(hash, since)) });
    }
  }

  /** The id of a database is known by its folder of values, which comes only with the first value. */
  async #haveNews(strangers: readonly string[]): Promise<boolean> {
    const folders = JSON.stringify(await this.#state.valueFolders());
    const news = strangers.filter((hash) => this.#strangers.get(hash) !== folders);
    for (const hash of news) this.#strangers.set(hash, folders);
    return news.length > 0;
  }

  /** True also if nobody has read the database or something is wrong, so that the view reads it itself. */
  async #hasChanged(hash: string): Promise<boolean> {
    try {
      return (await this.#client.request('hasChanged', { database: this.#state.database(hash) })) ?? true;
    } catch {
      return true;
    }
  }

  /** Only used to highlight rows; everything is shown without it too. */
  async #written(hash: string, since: number): Promise<Pick<SourceChange, 'written'>> {
    const asked = this.#client.request('writtenSince', { database: this.#state.database(hash), since });
    const written = await asked.catch(() => []);
    return written.length > 0 ? { written } : {};
  }
}
