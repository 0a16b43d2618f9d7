import { open } from 'node:fs/promises';
import { isFileMissing } from '../../base/errno.ts';
import { addTo } from './addTo.ts';
import { type ClaimParts, type Release, whenClaimed } from './claim.ts';
import { gone as goneFile } from './errors.ts';
import { type SessionRecord, sessionText } from './format.ts';
import { rewritten } from './sessionRewrite.ts';

/** A new file is begun before one exceeds this size, in bytes. */
const LARGEST = 10_000_000;
/** A new file is also begun after this time, in milliseconds, so that old changes can be removed. */
const LONGEST = 86_400_000;
/** How often to try again if a file is removed just while it is being written. */
const ATTEMPTS = 3;

export interface SessionFileParts extends ClaimParts {
  /** Creates the folder, and resolves to the path of a new file in it. */
  readonly newPath: () => Promise<string>;
  /** The size limit of one file in bytes; a larger record gets a file of its own. */
  readonly largest: () => number;
}

/** The file with a session's changes of single keys. Records are only ever appended. */
export class SessionFile {
  readonly #parts: SessionFileParts;
  #current: { readonly path: string; readonly since: number; bytes: number } | undefined;
  /** Text that could not be written yet, by file. */
  readonly #owed = new Map<string, string>();
  /** Never rejects. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: SessionFileParts) {
    this.#parts = parts;
  }

  /** Where the next change is written, unless a new file has to be begun. */
  get path(): string | undefined {
    return this.#current?.path;
  }

  /** Records the change with this id, and waits for the disk if `isDurable`. Resolves to the path of the file. */
  async begin(id: string, text: string, isDurable: boolean): Promise<string> {
    return await this.#inTurn(async () => {
      const bytes = Buffer.byteLength(text);
      for (let attempt = 1; ; attempt++) {
        const current = await this.#fileFor(bytes);
        try {
          await append(current.path, text, isDurable);
        } catch (error) {
          // The file may end with an incomplete line, or is gone, so the next change must not be added to it.
          this.#current = undefined;
          if (!isFileMissing(error) || attempt === ATTEMPTS) throw error;
          // The file was removed, perhaps with its folder, or replaced by another window that removes changes from it.
          // The change goes into a new file. As the other window may still copy it to the replaced file, where its
          // outcome would never be recorded, it is marked as forgotten there.
          await this.#append(current.path, sessionText({ forget: id })).catch(() => {});
          continue;
        }
        current.bytes += bytes;
        return current.path;
      }
    });
  }

  /**
   * Adds the outcome of a change to the file that it is in. If that cannot be written, it is added together with the
   * next record.
   */
  async add(path: string, record: SessionRecord): Promise<void> {
    await this.#inTurn(async () => await this.#append(path, sessionText(record)));
  }

  /** Rewrites a file without these changes and those that were forgotten. Removes the file if nothing is left. */
  async rewrite(path: string, gone: ReadonlySet<string>): Promise<void> {
    await whenClaimed(`${path}.claim`, this.#parts, async (release) => {
      for (let attempt = 1; ; attempt++) {
        if (await this.#inTurn(async () => await this.#rewritten(path, gone, release))) return;
        if (attempt === ATTEMPTS) throw goneFile();
      }
    });
  }

  /** The file no longer exists. */
  forget(path: string): void {
    if (this.path === path) this.#current = undefined;
  }

  /** Resolves to false if another file has replaced it meanwhile. */
  async #rewritten(path: string, gone: ReadonlySet<string>, release: Release): Promise<boolean> {
    const old = await open(path);
    try {
      const { became, added } = await rewritten(old, path, gone);
      if (became === 'moved') return false;
      if (became === 'removed') this.forget(path);
      // Another window that rewrites the file from here on sees the new file, and what is added below goes to its
      // result.
      await release();
      const text = became === 'same' ? '' : await added();
      if (text !== '') await this.#append(path, text);
      return true;
    } finally {
      await old.close();
    }
  }

  /** Adds lines to a file, or to the file by which another window is just replacing it. */
  async #append(path: string, lines: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        // The last line may be incomplete in the file of another session, or in one that was full.
        await append(path, path === this.path && attempt === 1 ? lines : `\n${lines}`);
        return;
      } catch (error) {
        if (isFileMissing(error) && attempt < ATTEMPTS) continue;
        if (this.path === path) this.#current = undefined;
        if (!isFileMissing(error)) this.#owed.set(path, `${this.#owed.get(path) ?? ''}\n${lines}`);
        throw error;
      }
    }
  }

  async #fileFor(bytes: number) {
    const { newPath, clock, largest } = this.#parts;
    const current = this.#current;
    const most = Math.min(LARGEST, largest());
    if (current && clock() - current.since < LONGEST && current.bytes + bytes <= most) return current;
    const next = { path: await newPath(), since: clock(), bytes: 0 };
    this.#current = next;
    return next;
  }

  /** A file that no longer exists is not created again. */
  async #settle(): Promise<void> {
    for (const [path, text] of this.#owed) {
      try {
        await addTo(path, text);
      } catch (error) {
        if (!isFileMissing(error)) continue;
      }
      this.#owed.delete(path);
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(async () => {
      await this.#settle();
      return await work();
    });
    this.#work = result.catch(() => {});
    return await result;
  }
}

/** Rejects with `ENOENT` if the file was removed or replaced by another window meanwhile. */
async function append(path: string, text: string, isDurable = false): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile(text);
    if (isDurable) await file.datasync();
    if ((await file.stat()).nlink === 0) throw goneFile();
  } finally {
    await file.close();
  }
}
