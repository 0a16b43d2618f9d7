import { open } from 'node:fs/promises';
import { isFileMissing } from '../../base/errno.ts';
import { addTo } from './addTo.ts';
import { type ClaimParts, type Release, whenClaimed } from './claim.ts';
import { gone as goneFile } from './errors.ts';
import { type SessionRecord, sessionText } from './format.ts';
import { rewritten } from './sessionRewrite.ts';

/** A file is followed by another one at this size at the latest, in bytes. */
const LARGEST = 10_000_000;
/** And after so long, in milliseconds, so that what is old can go. */
const LONGEST = 86_400_000;
/** A file is not removed more often than this at the moment that it is written. */
const ATTEMPTS = 3;

export interface SessionFileParts extends ClaimParts {
  /** Makes the folder, and gives the path of a new file in it. */
  readonly newPath: () => Promise<string>;
  /** Most bytes of one file; a larger record has one of its own. */
  readonly largest: () => number;
}

/** The file of a session's changes of single keys: it is only ever appended to, one record after another. */
export class SessionFile {
  readonly #parts: SessionFileParts;
  #current: { readonly path: string; readonly since: number; bytes: number } | undefined;
  /** What the disk has not taken yet, by its file. */
  readonly #owed = new Map<string, string>();
  /** Never rejects. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: SessionFileParts) {
    this.#parts = parts;
  }

  /** Where the next change goes, unless another file has to be begun. */
  get path(): string | undefined {
    return this.#current?.path;
  }

  /** Keeps the change of this id, on the disk where `isDurable`; resolves to the file that it is in. */
  async begin(id: string, text: string, isDurable: boolean): Promise<string> {
    return await this.#inTurn(async () => {
      const bytes = Buffer.byteLength(text);
      for (let attempt = 1; ; attempt++) {
        const current = await this.#fileFor(bytes);
        try {
          await append(current.path, text, isDurable);
        } catch (error) {
          // It may have got half a line, or is gone: what comes next must not go there.
          this.#current = undefined;
          if (!isFileMissing(error) || attempt === ATTEMPTS) throw error;
          // Of another window that forgets something, or with its folder: the next file is made anew. That window may
          // still put a copy of it in the place of this one, which nobody would hear of when the change is over.
          await this.#append(current.path, sessionText({ forget: id })).catch(() => {});
          continue;
        }
        current.bytes += bytes;
        return current.path;
      }
    });
  }

  /**
   * Adds what became of a change to the file that it is in. What the disk does not take is added with what comes next.
   */
  async add(path: string, record: SessionRecord): Promise<void> {
    await this.#inTurn(async () => await this.#append(path, sessionText(record)));
  }

  /**
   * Writes a file anew without these changes, and without those that were forgotten; removes it where nothing is left.
   */
  async rewrite(path: string, gone: ReadonlySet<string>): Promise<void> {
    await whenClaimed(`${path}.claim`, this.#parts, async (release) => {
      for (let attempt = 1; ; attempt++) {
        if (await this.#inTurn(async () => await this.#rewritten(path, gone, release))) return;
        if (attempt === ATTEMPTS) throw goneFile();
      }
    });
  }

  /** The file is gone. */
  forget(path: string): void {
    if (this.path === path) this.#current = undefined;
  }

  /** Resolves to false where another file has taken its place meanwhile. */
  async #rewritten(path: string, gone: ReadonlySet<string>, release: Release): Promise<boolean> {
    const old = await open(path);
    try {
      const { became, added } = await rewritten(old, path, gone);
      if (became === 'moved') return false;
      if (became === 'removed') this.forget(path);
      // Whoever writes the file anew from here on finds what is done, and is followed by what is added.
      await release();
      const text = became === 'same' ? '' : await added();
      if (text !== '') await this.#append(path, text);
      return true;
    } finally {
      await old.close();
    }
  }

  /** Adds lines to a file, or to the one that another window puts in its place at that moment. */
  async #append(path: string, lines: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        // In the file of another session, or one that was full, the last line may be half a one.
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

  /** The file may be gone by now, and is not made anew for it. */
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

/** Rejects with `ENOENT` where the file was removed meanwhile, or another window has put one in its place. */
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
