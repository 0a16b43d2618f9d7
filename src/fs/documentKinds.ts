import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { type TextDamage, textDamage } from '../core/entry/textFidelity.ts';

// Not by import(): it answers at once.
const documents = (): typeof import('../core/entry/documents.lazy.ts') => require('../core/entry/documents.lazy.ts');

/** What a document shows and edits of an entry: its value, or all else. The rest of the entry rides along on a save. */
export interface DocumentKind {
  /** A listing tells all of the content. */
  readonly isListed: boolean;
  /** The document's content. */
  content(entry: KvEntry): Uint8Array;
  /** The entry with the document's new content, `now` in Unix seconds; throws a KvError of kind `invalidInput`. */
  apply(current: KvEntry, content: Uint8Array, now: number): KvEntry;
  /** A new entry made of the content alone; throws where that cannot be. */
  create(key: string, content: Uint8Array): KvEntry;
  /** Why an editor would change this content by opening and saving it; `undefined` when it would not. */
  damage(content: Uint8Array): TextDamage | undefined;
}

export const valueDocument: DocumentKind = {
  isListed: false,
  content: (entry) => entry.value,
  apply: (current, value) => ({ ...current, value }),
  create: (key, value) => ({ key, value }),
  damage: textDamage,
};

export const entryDocument: DocumentKind = {
  isListed: true,
  content: (entry) => Buffer.from(documents().formatEntryDocument(entry)),
  apply: (current, content, now) => ({
    key: current.key,
    value: current.value,
    ...documents().parseEntryDocument(current.key, Buffer.from(content).toString('utf8'), now, current.metadata),
  }),
  create: (key) => {
    throw new KvError(
      'notFound',
      l10n.t(
        '“{0}” no longer exists, so there is nothing to attach metadata or an expiration to. Create the key first.',
        key,
      ),
    );
  },
  damage: () => undefined,
};
