import { stat } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import type { KvError } from '../../base/errors.ts';
import { nowSeconds } from '../../entry/entry.ts';
import { KeySet } from '../../keys/keySet.ts';
import type { SourceEntry } from '../../store/entrySource.ts';
import { type BulkFormat, type BulkPlace, findBulkFile } from './bulkFormat.ts';
import { beforeWriting, changedMeanwhile, fileError, inFile, keyItemError } from './fileErrors.ts';
import { InputFile, versionOf } from './inputFile.ts';
import { findKeyFile } from './keyFileFormat.ts';
import { type ItemTimes, parseItem, parseKeyItem } from './parseItem.ts';
import { rawItems } from './rawItems.ts';

/** Keys of a file that have nothing to write. */
export interface LeftOut {
  readonly expired: readonly string[];
  /** Keys that `wrangler kv bulk get` did not find. */
  readonly missing: readonly string[];
}

export interface BulkFileOptions extends Partial<ItemTimes> {
  /** By default, the extension of the path decides. */
  readonly format?: BulkFormat | undefined;
}

/**
 * A bulk file to import. Every pass over it yields the same entries, or throws because the file was changed meanwhile;
 * a folder is an exception, see {@link mayChange}. The first complete pass checks the whole file.
 */
export class BulkFile {
  readonly #place: BulkPlace;
  readonly #times: ItemTimes;
  readonly #version: string;
  readonly #isOneOfSeveral: boolean;
  /** Whether a complete pass has been made. */
  #isChecked = false;
  leftOut: LeftOut = { expired: [], missing: [] };

  private constructor(place: BulkPlace, version: string, times: ItemTimes, isOneOfSeveral: boolean) {
    this.#place = place;
    this.#version = version;
    this.#times = times;
    this.#isOneOfSeveral = isOneOfSeveral;
  }

  /** Lifetimes count from now, or from `since`. With `isOneOfSeveral`, errors about an item also name the file. */
  static async open(path: string, options: BulkFileOptions = {}, isOneOfSeveral = false): Promise<BulkFile> {
    const { format, now = nowSeconds(), since = now, firstSince } = options;
    const place = await findBulkFile(path, format);
    return new BulkFile(place, await versionAt(place), { since, firstSince, now }, isOneOfSeveral);
  }

  /** Whether passes may differ: files in a folder can be changed without the folder showing it. */
  get mayChange(): boolean {
    return this.#place.format === 'folder';
  }

  /** The entries in file order, one in memory at a time. Fills `leftOut`. */
  async *entries(signal?: AbortSignal): AsyncGenerator<SourceEntry> {
    const seen = new KeySet();
    const leftOut: Record<keyof LeftOut, string[]> = { expired: [], missing: [] };
    this.leftOut = leftOut;
    try {
      if (this.mayChange && (await versionAt(this.#place)) !== this.#version) throw changedMeanwhile(this.#place.path);
      for await (const raw of rawItems(this.#place, signal, this.#version)) {
        const item = parseItem(raw, this.#times);
        if (!seen.add(item.key)) throw comesTwice(item.position, item.key);
        if (item.entry) yield item.entry;
        else leftOut[item.why].push(item.key);
      }
    } catch (error) {
      const named = this.#isOneOfSeveral ? inFile(this.#place.path, error) : error;
      throw this.#isChecked ? named : beforeWriting(named);
    }
    this.#isChecked = true;
  }
}

/** The keys of a file that lists keys to delete, in file order. Checks the whole file. See {@link findKeyFile}. */
export async function readKeyFile(path: string, signal?: AbortSignal, format?: BulkFormat): Promise<string[]> {
  const keys: string[] = [];
  const seen = new KeySet();
  try {
    for await (const raw of rawItems(await findKeyFile(path, format), signal)) {
      const key = parseKeyItem(raw);
      if (!seen.add(key)) throw comesTwice(raw.position, key);
      keys.push(key);
    }
  } catch (error) {
    throw beforeWriting(error);
  }
  return keys;
}

const comesTwice = (position: number, key: string): KvError =>
  keyItemError(position, key, l10n.t('the key comes twice in the file.'));

async function versionAt({ path, format }: BulkPlace): Promise<string> {
  if (format !== 'folder') {
    await using file = await InputFile.open(path);
    return file.version;
  }
  try {
    return versionOf(await stat(path));
  } catch (error) {
    throw fileError(path, error);
  }
}
