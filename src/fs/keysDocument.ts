import type * as vscode from 'vscode';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import type { RegistryChange } from '../core/store/sourceRegistry.ts';
import type { OpenDocument } from './documentRegistry.ts';
import { SaveState } from './saveState.ts';

/** How long what a `stat` has read answers the read that comes with it, in milliseconds. */
const READ_ANSWERS_MS = 2000;

/** What a document of many keys is about, and what it was made of; kept over a restart. */
export interface KeptKeys {
  readonly namespace: NamespaceRef;
  /** Exactly these keys, or every key with this prefix. */
  readonly what: { readonly keys: readonly string[] } | { readonly prefix: string };
  /** Digests of the entries that its text was made of, by key. */
  readonly opened: readonly (readonly [key: string, digest: string])[];
  /** Moves whenever its text does, in milliseconds. */
  readonly mtime: number;
  readonly size: number;
}

/** Entries as they were read, and the text that they make. */
export interface LoadedKeys {
  readonly opened: KeptKeys['opened'];
  readonly text: string;
}

/** An open document of many keys; without anything kept, it is one that nobody knows any more. */
export class KeysDocument implements OpenDocument<KeptKeys> {
  readonly uri: vscode.Uri;
  readonly save = new SaveState();
  /** What was read while it had unsaved text: it stands for that once it shows it, after “Revert File”. */
  reverting: LoadedKeys | undefined;
  /** Its text was saved in words that mean something else later: an editor is to show what was made of them. */
  isReworded = false;
  /** What an editor that was typed in before it could show that still knows. */
  #beforeReload: Pick<KeptKeys, 'mtime' | 'size'> | undefined;
  /** Something may have happened to its keys. */
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

  /** The same entries in other words. */
  reload(kept: KeptKeys): void {
    const before = this.#beforeReload ?? this.#kept;
    this.keep(kept);
    this.#beforeReload = before;
  }

  /** Time and size of unsaved text: no newer than what its editor knows. */
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

  /** The text that was read a moment ago; answers once. */
  takeRead(): string | undefined {
    const read = this.#read;
    this.#read = undefined;
    return read && performance.now() - read.at < READ_ANSWERS_MS ? read.text : undefined;
  }

  /** Whether a change may be one of its keys. */
  concerns({ source, namespace, keys }: RegistryChange): boolean {
    if (!this.#kept) return false;
    const { namespace: own, what } = this.#kept;
    if ((source ?? own.source) !== own.source || (namespace ?? own.id) !== own.id) return false;
    const isIn =
      'prefix' in what ? (key: string) => key.startsWith(what.prefix) : (key: string) => what.keys.includes(key);
    return keys === undefined || keys.some(isIn);
  }
}
