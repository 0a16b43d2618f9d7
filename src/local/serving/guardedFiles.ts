import type { KvEntry } from '../../core/entry/entry.ts';
import { notDeleted, notWritten } from '../faultErrors.ts';
import type { BatchOptions, LocalWriter, WriteResult } from '../localWriter.ts';
import type { WriteDeed } from '../sentences.ts';
import { FaultError } from '../sqlite/fault.ts';
import type { Serving } from './serving.ts';

/** Writes straight to the files. Also closed while a server of the project runs that does not hold their lock. */
export class GuardedFiles implements LocalWriter {
  readonly #files: LocalWriter;
  readonly #serving: Pick<Serving, 'opensFiles'>;
  readonly #lock: string;

  constructor(files: LocalWriter, serving: Pick<Serving, 'opensFiles'>, lock: string) {
    this.#files = files;
    this.#serving = serving;
    this.#lock = lock;
  }

  async put(entries: readonly KvEntry[], options: BatchOptions): Promise<WriteResult> {
    if (await this.#serving.opensFiles()) return await this.#files.put(entries, options);
    return this.#closed(
      'put',
      entries.map(({ key }) => key),
    );
  }

  async delete(keys: readonly string[], options: BatchOptions): Promise<WriteResult> {
    if (await this.#serving.opensFiles()) return await this.#files.delete(keys, options);
    return this.#closed('delete', keys);
  }

  #closed(deed: WriteDeed, keys: readonly string[]): WriteResult {
    const fault = new FaultError({ reason: 'devServer', path: this.#lock, detail: 'a server of the project runs' });
    const error = (key: string) => (deed === 'put' ? notWritten : notDeleted)(fault, key);
    return { failed: keys.map((key, index) => ({ index, error: error(key), closed: 'devServer' })), stopped: error };
  }
}
