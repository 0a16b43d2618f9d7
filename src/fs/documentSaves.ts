import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import type { KnownStates } from '../core/change/changeBatch.ts';
import type { Changes } from '../core/change/changes.ts';
import type { Step } from '../core/change/keyChange.ts';
import { nothingDone } from '../core/change/nothingDone.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { shortText } from '../core/store/names.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { ChosenExpiration } from './chosenExpiration.ts';
import type { DocumentKind } from './documentKinds.ts';
import type { KeyDocument } from './keyDocument.ts';
import { operationIn } from './operationIn.ts';
import { type SaveHost, SaveRules } from './saveRules.ts';

export interface WriteFileOptions {
  readonly create: boolean;
  readonly overwrite: boolean;
}

export interface DocumentSavesParts {
  readonly sources: SourceRegistry;
  readonly changes: Changes;
  readonly kind: DocumentKind;
  readonly host: SaveHost;
}

/** Saves documents. The part of the entry that a document does not show keeps its value at the time of the save. */
export class DocumentSaves {
  readonly #parts: DocumentSavesParts;
  readonly #rules: SaveRules;

  constructor(parts: DocumentSavesParts) {
    this.#parts = parts;
    this.#rules = new SaveRules(parts.kind, parts.host);
  }

  /** Resolves to the entry after the write. */
  async write(document: KeyDocument, content: Uint8Array, options: WriteFileOptions): Promise<KvEntry> {
    const { key, namespace } = document.target;
    const { sources, changes } = this.#parts;
    let known = document.reads.takeForSave();
    let { chosen }: { chosen?: ChosenExpiration | undefined } = document;
    const isForced = chosen !== undefined;
    let isNew = false;
    if (!chosen && this.#rules.asksExpiration(document) && !(await isThere(document, known))) {
      chosen = await this.#rules.askExpiration(document, content);
      known = undefined;
      // The user was shown that there is no such key, so an existing one is a conflict.
      isNew = true;
    }
    const operation = await operationIn(sources, namespace, 'save', (where) =>
      vscode.l10n.t('Saved “{0}” in {1}', shortText(key), where),
    );
    const clock = await changes.clockOf(namespace);
    const decide = (current: KvEntry | undefined): Step => {
      if (current && (isNew || !options.overwrite)) throw alreadyThere(key);
      if (!current && !options.create) throw notThere(key);
      const now = clock.now();
      const next = current
        ? this.#rules.change(document, current, content, now)
        : this.#rules.create(document, content, chosen, now);
      if (isForced) return { entry: { ...next, expiration: chosen?.expiration } };
      if (next === current) return 'keep';
      this.#rules.checkLifetime(document.target, next, now);
      return { entry: next };
    };
    const { entry } = await changes.one(operation, { key, decide }, { known });
    if (!entry) throw notThere(key);
    return entry;
  }
}

/** Whether the key exists, according to `known` or by a read. */
async function isThere({ target: { key }, reads }: KeyDocument, known: KnownStates | undefined): Promise<boolean> {
  if (known) return known.entries.has(key);
  const entry = await reads.read().catch((error: unknown) => {
    throw nothingDone(error, 'save');
  });
  return entry !== undefined;
}

const alreadyThere = (key: string): KvError =>
  new KvError('conflict', vscode.l10n.t('“{0}” exists already. Choose another name, or delete it first.', key));

const notThere = (key: string): KvError =>
  new KvError('notFound', vscode.l10n.t('“{0}” does not exist: it was deleted or has expired.', key));
