import type { KvEntry, KvKeyInfo } from '../core/entry/entry.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { Target } from './target.ts';

/** How long the read of the `stat` before a save may stand for the value as it is now, in milliseconds. */
const READ_COUNTS_MS = 1000;

/** Reads entries for documents: one request however many ask at the same time, and nothing kept beyond a save. */
export class EntryReads {
  readonly #sources: SourceRegistry;
  readonly #running = new Map<string, Promise<KvEntry | undefined>>();
  readonly #forSave = new Map<string, { at: number; entry: KvEntry | undefined }>();

  constructor(sources: SourceRegistry) {
    this.#sources = sources;
  }

  read(target: Target): Promise<KvEntry | undefined> {
    const running = this.#running.get(target.id);
    if (running) return running;
    const reading = (async () => {
      try {
        return await (await this.#sources.store(target.namespace)).get(target.key);
      } finally {
        this.#running.delete(target.id);
      }
    })();
    this.#running.set(target.id, reading);
    return reading;
  }

  /** Metadata and expiration alone, without the value. */
  async info(target: Target): Promise<KvKeyInfo | undefined> {
    const store = await this.#sources.store(target.namespace);
    const { keys } = await store.list({ prefix: target.key, limit: 1 });
    return keys[0]?.name === target.key ? keys[0] : undefined;
  }

  /** Reads for a `stat`: the save that follows at once may count on it, also when it finds nothing. */
  async readForStat(target: Target): Promise<KvEntry | undefined> {
    const entry = await this.read(target);
    const read = { at: Date.now(), entry };
    this.#forSave.set(target.id, read);
    setTimeout(() => {
      if (this.#forSave.get(target.id) === read) this.#forSave.delete(target.id);
    }, READ_COUNTS_MS).unref();
    return entry;
  }

  /** The entry as it is now, for a save; the read of the `stat` just before counts once. */
  async readForSave(target: Target): Promise<KvEntry | undefined> {
    const last = this.#forSave.get(target.id);
    this.#forSave.delete(target.id);
    return last && Date.now() - last.at <= READ_COUNTS_MS ? last.entry : await this.read(target);
  }
}
