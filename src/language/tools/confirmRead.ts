import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { fullName } from '../../core/store/names.ts';
import { escapeMarkdown } from '../../core/text/escapeMarkdown.ts';
import type { Services } from '../../services.ts';
import { ConfirmedReads } from './confirmedReads.ts';
import { described, isCertain, type Listed, matching, theOne, type Wanted } from './findNamespace.ts';
import { listing } from './listing.ts';

type Confirmation = vscode.LanguageModelToolConfirmationMessages;

/**
 * Confirms one tool's reads in a namespace. What is read from an account goes to the model's provider, so the user is
 * asked first.
 */
export class NamespaceReads {
  readonly #confirmed = new ConfirmedReads();

  /**
   * The question to ask beforehand; `text` gives its message for the name of a namespace. It is also asked if nothing
   * was found but an account that did not answer may have the namespace. An ambiguous name is refused anyway.
   */
  async confirm(
    wanted: Wanted,
    services: Services,
    { title, text }: { readonly title: string; readonly text: (where: string) => string },
  ): Promise<Confirmation | undefined> {
    const all = await listing(services, wanted.source);
    const [first] = matching(wanted, all);
    const remote = first?.source.kind === 'remote' && isCertain(wanted, all) ? first : undefined;
    this.#confirmed.ask(parametersOf(wanted), remote ? [placeOf(remote)] : []);
    const isUnsure = !first && all.failed.some(({ source }) => source.kind === 'remote');
    if (!isUnsure && !remote) return undefined;
    return {
      title,
      message: new vscode.MarkdownString(text(escapeMarkdown(remote ? fullName(remote) : wanted.namespace))),
    };
  }

  /**
   * The namespace to read. Throws errors that a model can act on. A namespace of an account must be one that the user
   * was asked about.
   */
  async namespace(wanted: Wanted, services: Services, signal: AbortSignal): Promise<Listed> {
    const found = theOne(wanted, await listing(services, wanted.source, signal));
    if (found.source.kind === 'remote' && !this.#confirmed.includes(parametersOf(wanted), placeOf(found))) {
      throw notAsked(JSON.stringify(described(found)));
    }
    return found;
  }
}

/** The error for a read that the user would have had to be asked about. */
const notAsked = (what: string): KvError =>
  new KvError(
    'invalidInput',
    `The user was not asked about this, because it could not be told from other places when the call was prepared: ${what}. Call again with its "id" as "namespace" and its "source" as "source", and the user is asked.`,
  );

const parametersOf = ({ namespace, source }: Wanted): readonly unknown[] => [namespace, source];
const placeOf = ({ source, namespace }: Listed): string => JSON.stringify([source.id, namespace.id]);

/** The input if it is valid; `undefined` if `invoke` will refuse it. */
export function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
