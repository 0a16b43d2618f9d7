import { randomBytes } from 'node:crypto';
import type * as vscode from 'vscode';
import type { NamespaceRef } from './kvUri.ts';

/** What a document of many keys is about, and what it was made of; kept over a restart. */
export interface KeysDocument {
  readonly id: string;
  readonly namespace: NamespaceRef;
  /** Exactly these keys, or every key with this prefix. */
  readonly what: { readonly keys: readonly string[] } | { readonly prefix: string };
  /** Digests of the entries that its text was made of, by key. */
  readonly opened: readonly (readonly [key: string, digest: string])[];
  /** Moves whenever its text does, in milliseconds. */
  readonly mtime: number;
  readonly size: number;
}

const KEPT = 'keysDocuments';
/** Older ones are forgotten: their tabs say so. */
const MOST_KEPT = 20;

/** The documents of many keys that were opened in this workspace, newest first. */
export class KeysDocuments {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  find(id: string): KeysDocument | undefined {
    return this.#all().find((document) => document.id === id);
  }

  /** Takes the place of what was kept under the same id. */
  async keep(document: KeysDocument): Promise<void> {
    const others = this.#all().filter(({ id }) => id !== document.id);
    await this.#memory.update(KEPT, [document, ...others].slice(0, MOST_KEPT));
  }

  /** Forgets those of these sources; gives their ids. */
  async forget(isGone: (source: string) => boolean): Promise<readonly string[]> {
    const all = this.#all();
    const gone = all.filter(({ namespace }) => isGone(namespace.source));
    if (gone.length > 0) {
      await this.#memory.update(
        KEPT,
        all.filter((document) => !gone.includes(document)),
      );
    }
    return gone.map(({ id }) => id);
  }

  newId(): string {
    return randomBytes(6).toString('hex');
  }

  #all(): readonly KeysDocument[] {
    return this.#memory.get<readonly KeysDocument[]>(KEPT, []);
  }
}
