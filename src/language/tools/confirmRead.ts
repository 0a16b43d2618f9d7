import * as vscode from 'vscode';
import { fullName } from '../../core/store/names.ts';
import { escapeMarkdown } from '../../core/text/escapeMarkdown.ts';
import type { Services } from '../../services.ts';
import { matching, type Wanted } from './findNamespace.ts';
import { listing } from './listing.ts';

type Confirmation = vscode.LanguageModelToolConfirmationMessages;

/**
 * What is asked before a namespace is read: of one of an account, what is read goes to the provider of the model. `text`
 * gives the message, for the name of a namespace. What is not certainly local is asked about too; what does not tell one
 * namespace from another is refused anyway.
 */
export async function confirmRead(
  wanted: Wanted,
  services: Services,
  { title, text }: { readonly title: string; readonly text: (where: string) => string },
): Promise<Confirmation | undefined> {
  const all = await listing(services, wanted.source);
  const found = matching(wanted, all);
  const [first] = found;
  const isUnsure = found.length === 0 && all.failed.some(({ source }) => source.kind === 'remote');
  const isRemote = found.length === 1 && first?.source.kind === 'remote';
  if (!isUnsure && !isRemote) return undefined;
  return {
    title,
    message: new vscode.MarkdownString(text(escapeMarkdown(first ? fullName(first) : wanted.namespace))),
  };
}

/** The input as far as it is right; `undefined` when it is to be refused, which `invoke` does. */
export function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
