import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { MIN_LIFETIME_SECONDS } from '../core/entry/limits.ts';
import { commandLink } from '../core/text/commandLink.ts';
import { commandId } from '../ids.ts';
import type { ChosenExpiration } from './chosenExpiration.ts';
import type { DocumentKind } from './documentKinds.ts';
import type { KeyDocument } from './keyDocument.ts';
import type { Target } from './target.ts';
import { hashOf } from './versions.ts';

/** What the rules need from the rest of the extension. */
export interface SaveHost {
  /** Whether a text document of this URI is open. */
  isOpenDocument(uri: vscode.Uri): boolean;
  /** Whether a tab shows this URI, even if only to say that it is missing. */
  isShown(uri: vscode.Uri): boolean;
  /** The expiration for a key to create from its "missing" editor; `undefined` when dismissed. */
  askExpiration(target: Target): Promise<ChosenExpiration | undefined>;
}

/**
 * What a save of a document may write: nothing that a save would damage, and no short-lived key without its end. `now`
 * is in Unix seconds, by the clock of the namespace.
 */
export class SaveRules {
  readonly #kind: DocumentKind;
  readonly #host: SaveHost;

  constructor(kind: DocumentKind, host: SaveHost) {
    this.#kind = kind;
    this.#host = host;
  }

  /** The entry to write over the current one, or the current one itself if nothing changes. Throws on a conflict. */
  change({ target, versions: { last } }: KeyDocument, current: KvEntry, content: Uint8Array, now: number): KvEntry {
    const shown = this.#kind.content(current);
    if (last && last.hash !== hashOf(shown)) {
      throw new KvError(
        'conflict',
        vscode.l10n.t(
          '“{0}” was not saved: it was changed elsewhere. Save again to compare both versions.',
          target.key,
        ),
      );
    }
    if (this.#kind.damage(shown)) {
      throw new KvError(
        'readOnly',
        vscode.l10n.t(
          '“{0}” was not saved: an editor would damage this value. Download it, or replace it with Put Value.',
          target.key,
        ),
      );
    }
    return Buffer.compare(shown, content) === 0 ? current : this.#kind.apply(current, content, now);
  }

  /** Whether only the "missing" editor of a key shows it. A user who saves there is asked for an expiration. */
  asksExpiration({ target: { uri } }: KeyDocument): boolean {
    return this.#host.isShown(uri) && !this.#host.isOpenDocument(uri);
  }

  /** Throws `cancelled` when dismissed. Also throws if no key can be created from the content alone. */
  async askExpiration({ target }: KeyDocument, content: Uint8Array): Promise<ChosenExpiration> {
    const { key } = target;
    this.#kind.create(key, content);
    const asked = await this.#host.askExpiration(target);
    if (!asked) throw new KvError('cancelled', vscode.l10n.t('“{0}” was not created.', key));
    return asked;
  }

  /** For a save that finds no key: a new entry. Throws if the key existed when the document was opened. */
  create(
    { target, versions }: KeyDocument,
    content: Uint8Array,
    chosen: ChosenExpiration | undefined,
    now: number,
  ): KvEntry {
    const entry = this.#kind.create(target.key, content);
    const { metadata, expiration } = versions.companion;
    if (chosen) return { ...entry, ...(metadata !== undefined && { metadata }), expiration: chosen.expiration };
    if (versions.last !== undefined && this.#host.isOpenDocument(target.uri)) {
      throw new KvError('conflict', vanished(target, expiration !== undefined && expiration <= now));
    }
    return entry;
  }

  /**
   * Reports the same as the store would, but with a link to the way out, because the user can click links in an
   * editor's message.
   */
  checkLifetime(target: Target, { expiration }: KvEntry, now: number): void {
    const left = expiration === undefined ? undefined : expiration - now;
    if (left === undefined || left >= MIN_LIFETIME_SECONDS || !this.#host.isOpenDocument(target.uri)) return;
    throw new KvError(
      'invalidInput',
      vscode.l10n.t(
        '“{0}” was not saved: it would expire in {1} s, and KV needs at least {2}. {3}, or none.',
        target.key,
        left,
        MIN_LIFETIME_SECONDS,
        choiceLink(target, vscode.l10n.t('Choose a new expiration')),
      ),
    );
  }
}

const vanished = (target: Target, isExpired: boolean): string =>
  isExpired
    ? vscode.l10n.t(
        '“{0}” was not saved: it has expired. {1} to create it again, with a new expiration or none.',
        target.key,
        choiceLink(target, vscode.l10n.t('Choose an expiration')),
      )
    : vscode.l10n.t(
        '“{0}” was not saved: it was deleted elsewhere. {1} to create it again, with an expiration or none.',
        target.key,
        choiceLink(target, vscode.l10n.t('Choose an expiration')),
      );

/** VS Code shows such links in its notifications, including its own save errors. */
const choiceLink = (target: Target, label: string): string =>
  commandLink(label, commandId('saveWithExpiration'), target.uri.toJSON());
