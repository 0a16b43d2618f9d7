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
 * Reads of one tool in a namespace: what of an account is read goes to the provider of the model, so it is asked first.
 */
export class NamespaceReads {
  readonly #confirmed = new ConfirmedReads();

  /**
   * What is asked before. `text` gives the message, for the name of a namespace. Where nothing is found that may be in
   * an account that did not answer, it is asked, too; what does not tell one namespace from another is refused anyway.
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

  /** The namespace to read. Throws what a model can act on; one of an account must be the one that was asked about. */
  async namespace(wanted: Wanted, services: Services, signal: AbortSignal): Promise<Listed> {
    const found = theOne(wanted, await listing(services, wanted.source, signal));
    if (found.source.kind === 'remote' && !this.#confirmed.includes(parametersOf(wanted), placeOf(found))) {
      throw notAsked(JSON.stringify(described(found)));
    }
    return found;
  }
}

/** The refusal of what somebody would have had to be asked about. */
const notAsked = (what: string): KvError =>
  new KvError(
    'invalidInput',
    `The user was not asked about this, because it could not be told from other places when the call was prepared: ${what}. Call again with its "id" as "namespace" and its "source" as "source", and the user is asked.`,
  );

const parametersOf = ({ namespace, source }: Wanted): readonly unknown[] => [namespace, source];
const placeOf = ({ source, namespace }: Listed): string => JSON.stringify([source.id, namespace.id]);

/** The input as far as it is right; `undefined` when it is to be refused, which `invoke` does. */
export function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
