import * as l10n from '@vscode/l10n';
import { KeySet } from '../../keys/keySet.ts';
import type { SourceEntry } from '../../store/entrySource.ts';
import { BulkFile, type BulkFileOptions, type LeftOut } from './bulkFile.ts';
import { beforeWriting, notOfFormat } from './fileErrors.ts';

interface OneOfThem {
  readonly path: string;
  readonly file: BulkFile;
}

/** Several bulk files that are imported like a single one: no key may be in two of them. */
export class BulkFileSet {
  readonly #files: readonly OneOfThem[];
  /** Whether a complete pass has been made. */
  #isChecked = false;

  private constructor(files: readonly OneOfThem[]) {
    this.#files = files;
  }

  /** See {@link BulkFile.open}. */
  static async open(paths: readonly string[], options?: BulkFileOptions): Promise<BulkFileSet> {
    const open = async (path: string) => ({ path, file: await BulkFile.open(path, options, paths.length > 1) });
    return new BulkFileSet(await Promise.all(paths.map(open)));
  }

  get mayChange(): boolean {
    return this.#files.some(({ file }) => file.mayChange);
  }

  get leftOut(): LeftOut {
    const all = this.#files.map(({ file }) => file.leftOut);
    return { expired: all.flatMap(({ expired }) => expired), missing: all.flatMap(({ missing }) => missing) };
  }

  /** The entries of one file after the other. */
  async *entries(signal?: AbortSignal): AsyncGenerator<SourceEntry> {
    const seen = this.#files.length > 1 ? new KeySet() : undefined;
    for (const { path, file } of this.#files) {
      for await (const entry of file.entries(signal)) {
        if (seen?.add(entry.key) === false) throw this.#inAnother(path, entry.key);
        yield entry;
      }
    }
    this.#isChecked = true;
  }

  #inAnother(path: string, key: string): unknown {
    const error = notOfFormat(path, l10n.t('“{0}” is in another of the files, too.', key));
    return this.#isChecked ? error : beforeWriting(error);
  }
}
