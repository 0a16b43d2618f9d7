import type * as vscode from 'vscode';
import type { KvEntry } from '../core/entry/entry.ts';
import type { TextDamage } from '../core/entry/textFidelity.ts';
import type { ChosenExpiration } from './chosenExpiration.ts';
import type { OpenDocument } from './documentRegistry.ts';
import { KeyReads } from './keyReads.ts';
import { SaveState } from './saveState.ts';
import type { Target } from './target.ts';
import { type KeptVersions, type Version, Versions } from './versions.ts';

/** How long a write answers the `stat` that follows it, in milliseconds. */
const WRITE_ANSWERS_MS = 5000;

/** How long after giving unsaved text up VS Code may rename its key, in milliseconds: it looks at the target before. */
const LEAVING_MS = 60_000;

/** How long after a rename VS Code takes at most to bring unsaved text over, in milliseconds. */
const ARRIVING_MS = 5000;

/** How long after a save a change of the key is taken for that save, in milliseconds. */
const JUST_SAVED_MS = 2000;

/** The result of a write. Times are from `performance.now`. */
interface Written {
  readonly at: number;
  readonly stat: vscode.FileStat;
  /** Whether KV holds the same entry in another form than the document that was saved. */
  readonly isReworded: boolean;
}

/** What unsaved text began from that goes over to another URI; the moment is one of `performance.now`. */
interface Passing {
  readonly version: Version;
  readonly until: number;
}

/** The choice of a save that is under way, and why that save failed. */
export interface ChosenSave extends ChosenExpiration {
  failure?: unknown;
}

/** An open document of one key: its value, or its metadata and expiration. */
export class KeyDocument implements OpenDocument<KeptVersions> {
  readonly target: Target;
  readonly versions: Versions;
  readonly reads: KeyReads;
  readonly save = new SaveState();
  /** The expiration that the current save should write. */
  chosen: ChosenSave | undefined;
  /** Why an editor would change the content, as of the last read. */
  damage: TextDamage | undefined;
  /** Whether VS Code was told that the key is gone. */
  isMissing = false;
  /** Whether the last read failed for a temporary reason: signed out, offline. VS Code does not try again by itself. */
  isUnavailable = false;
  /** When the key may last have changed, by `performance.now`. */
  changedAt = Number.NEGATIVE_INFINITY;
  /** When the last read that checked the key began. */
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** The hash of the content of which VS Code was last told. */
  announcedHash: string | undefined;
  /** Whether the user was told why it opens read-only. */
  isExplained = false;
  /** Whether its text document was given a language. Any later change of language is the user's choice. */
  isLanguageGiven = false;
  #leaving: Passing | undefined;
  #arriving: Passing | undefined;
  #written: Written | undefined;
  #savedAt = Number.NEGATIVE_INFINITY;

  constructor(
    target: Target,
    get: () => Promise<KvEntry | undefined>,
    kept: KeptVersions | undefined,
    onMove: () => void,
  ) {
    this.target = target;
    this.versions = new Versions(kept, onMove);
    this.reads = new KeyReads(target.key, get);
  }

  get kept(): KeptVersions | undefined {
    return this.versions.kept;
  }

  textClosed(): void {
    this.isLanguageGiven = false;
  }

  /** Whether the key may have changed since it was last checked. */
  get isToBeChecked(): boolean {
    return this.changedAt > this.#checkedAt;
  }

  noteChecked(begunAt: number): void {
    this.#checkedAt = Math.max(this.#checkedAt, begunAt);
  }

  /** Whether there was a write that no `stat` has followed yet. */
  get isWriteOpen(): boolean {
    return this.#written !== undefined;
  }

  /**
   * There is no unsaved text any more: it was saved, or given up. Before VS Code renames a file, it gives its text up
   * and keeps it, to show it under the new name.
   */
  noteNoUnsavedText(): void {
    const { underText } = this.versions;
    this.#leaving = underText && { version: underText, until: performance.now() + LEAVING_MS };
  }

  /** It is about to be renamed, and nothing was given up for that yet. */
  noteRenaming(): void {
    this.#leaving = undefined;
  }

  /** What unsaved text began from that goes over to another URI now, if there is any. */
  get leaving(): Version | undefined {
    return present(this.#leaving);
  }

  /** Unsaved text that began from this version is about to come over from another URI. */
  noteArriving(version: Version): void {
    this.#arriving = { version, until: performance.now() + ARRIVING_MS };
  }

  /**
   * What VS Code is told while unsaved text comes over, whatever the key holds by then: it takes the first version for
   * the one that the text began from. Once the text is there, loading and saving need the real one.
   */
  get arriving(): Version | undefined {
    return present(this.#arriving);
  }

  noteArrived(): void {
    this.#arriving = undefined;
  }

  /** An editor has just saved it: it is up to date without asking the store. */
  get isJustSaved(): boolean {
    return performance.now() - this.#savedAt < JUST_SAVED_MS && !this.isWriteOpen;
  }

  noteWritten(stat: vscode.FileStat, isReworded: boolean): void {
    const at = performance.now();
    this.#written = { at, stat, isReworded };
    this.#savedAt = at;
  }

  /** Takes the answer to the `stat` right after a write. */
  takeWritten(): Pick<Written, 'stat' | 'isReworded'> | undefined {
    const written = this.#written;
    this.#written = undefined;
    const now = performance.now();
    if (!written || now - written.at > WRITE_ANSWERS_MS) return undefined;
    this.#savedAt = now;
    return written;
  }
}

const present = (passing: Passing | undefined): Version | undefined =>
  passing && performance.now() < passing.until ? passing.version : undefined;
