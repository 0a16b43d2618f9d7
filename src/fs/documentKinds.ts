import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { type TextDamage, textDamage } from '../core/entry/textFidelity.ts';

// Not by `import()`, because the answers are synchronous.
const documents = (): typeof import('../core/entry/documents.lazy.ts') => require('../core/entry/documents.lazy.ts');

/** What a document shows and edits of an entry: its value, or everything else. A save leaves the rest as it is. */
export interface DocumentKind {
  /** Whether a listing contains all of the content. */
  readonly isListed: boolean;
  /** The content of the document. */
  content(entry: KvEntry): Uint8Array;
  /** The entry with the document's new content. `now` is in Unix seconds. Throws a KvError of kind `invalidInput`. */
  apply(current: KvEntry, content: Uint8Array, now: number): KvEntry;
  /** A new entry made of the content alone. Throws if that is not possible. */
  create(key: string, content: Uint8Array): KvEntry;
  /** Why opening and saving this content in an editor would change it; `undefined` if it would not. */
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
