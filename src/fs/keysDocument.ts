import type * as vscode from 'vscode';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import type { RegistryChange } from '../core/store/sourceRegistry.ts';
import type { OpenDocument } from './documentRegistry.ts';
import { SaveState } from './saveState.ts';

/** How long the text read for a `stat` answers the read that follows, in milliseconds. */
const READ_ANSWERS_MS = 2000;

/** What a document of many keys contains, and what its text was made from. Survives a restart. */
export interface KeptKeys {
  readonly namespace: NamespaceRef;
  /** Exactly these keys, or every key with this prefix. */
  readonly what: { readonly keys: readonly string[] } | { readonly prefix: string };
  /** Digests, by key, of the entries from which the text was made. */
  readonly opened: readonly (readonly [key: string, digest: string])[];
  /** Changes whenever the text does, in milliseconds. */
  readonly mtime: number;
  readonly size: number;
}

/** The entries that were read, and their text. */
export interface LoadedKeys {
  readonly opened: KeptKeys['opened'];
  readonly text: string;
}

/** An open document of many keys. Without `kept`, it is one that is no longer known. */
export class KeysDocument implements OpenDocument<KeptKeys> {
  readonly uri: vscode.Uri;
  readonly save = new SaveState();
  /**
   * What was read while there was unsaved text. It becomes the state of the document once the editor shows it, after
   * “Revert File”.
   */
  reverting: LoadedKeys | undefined;
  /**
   * Whether the saved text has another meaning later (a lifetime). The editor should then show what was written
   * instead.
   */
  isReworded = false;
  /** The time and size that an editor still knows if the user typed before it could reload. */
  #beforeReload: Pick<KeptKeys, 'mtime' | 'size'> | undefined;
  /** Whether its keys may have changed, so that it must be read again. */
  isToBeShown = false;
  readonly #onMove: () => void;
  #kept: KeptKeys | undefined;
  #read: { readonly at: number; readonly text: string } | undefined;

  constructor(uri: vscode.Uri, kept: KeptKeys | undefined, onMove: () => void) {
    this.uri = uri;
    this.#kept = kept;
    this.#onMove = onMove;
  }

  get kept(): KeptKeys | undefined {
    return this.#kept;
  }

  keep(kept: KeptKeys): void {
    this.#kept = kept;
    this.#beforeReload = undefined;
    this.#onMove();
  }

  /** Replaces the text by another form of the same entries. */
  reload(kept: KeptKeys): void {
    const before = this.#beforeReload ?? this.#kept;
    this.keep(kept);
    this.#beforeReload = before;
  }

  /** Time and size to report while there is unsaved text: not newer than what the editor knows. */
  get heldStat(): Pick<KeptKeys, 'mtime' | 'size'> | undefined {
    return this.#beforeReload ?? this.#kept;
  }

  textClosed(): void {
    this.reverting = undefined;
  }

  noteRead(text: string): void {
    this.#read = { at: performance.now(), text };
  }

  forgetRead(): void {
    this.#read = undefined;
  }

  /** Takes the text that was just read. Works once. */
  takeRead(): string | undefined {
    const read = this.#read;
    this.#read = undefined;
    return read && performance.now() - read.at < READ_ANSWERS_MS ? read.text : undefined;
  }

  /** Whether a change may affect one of its keys. */
  concerns({ source, namespace, keys }: RegistryChange): boolean {
    if (!this.#kept) return false;
    const { namespace: own, what } = this.#kept;
    if ((source ?? own.source) !== own.source || (namespace ?? own.id) !== own.id) return false;
    const isIn =
      'prefix' in what ? (key: string) => key.startsWith(what.prefix) : (key: string) => what.keys.includes(key);
    return keys === undefined || keys.some(isIn);
  }
}
