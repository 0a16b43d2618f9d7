import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { counterparts } from '../../core/store/counterparts.ts';
import { fullName } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { KvNamespace, SourceKind } from '../../core/store/store.ts';
import { signInWay } from '../../core/text/wayOut.ts';
import type { Services } from '../../services.ts';
import { namespaceChoices, pickChoice, unlistedChoices } from './namespaceChoices.ts';

/**
 * The namespace on the given side that stands for the same thing. If there are several, asks the user. If none is
 * certain, the user may pick any, those with the same binding name first. If the user is not asked, throws
 * `invalidInput` or `notFound` with the reason, or the error of a source on that side that could not be listed and may
 * have it.
 */
export async function askCounterpart(
  of: NamespaceRef,
  side: SourceKind,
  services: Services,
  isAsked: boolean,
): Promise<NamespaceRef | undefined> {
  const { namespaces: all, unlisted } = await services.sources.listing();
  const onSide = all.filter(({ sourceKind }) => sourceKind === side);
  const { certain, possible } = counterparts(of, all);
  const found = certain.filter((one) => onSide.includes(one));
  const [first, ...others] = found;
  if (first && others.length === 0) return { source: first.source, id: first.id };
  const name = fullName(await services.sources.describe(of));
  const alike = possible.filter((one) => onSide.includes(one));
  const choice = first ? found : [...alike, ...onSide.filter((one) => !alike.includes(one))];
  if (!isAsked && first) throw await severalError(name, found, services);
  const unknown = unlisted.filter(({ source }) => source.kind === side);
  if (!isAsked || choice.length === 0) {
    const [hidden] = unknown;
    throw hidden ? hidden.error : await noneError(name, side, alike, services);
  }
  const picked = await pickChoice(await namespaceChoices(choice, services.sources), unlistedChoices(unknown), {
    ...question(name, side, first !== undefined),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked && { source: picked.source, id: picked.id };
}

function question(name: string, side: SourceKind, isCertain: boolean) {
  if (isCertain) {
    return {
      title: vscode.l10n.t('{0} has several counterparts', name),
      placeHolder: vscode.l10n.t('Which of these?'),
    };
  }
  return {
    title:
      side === 'local'
        ? vscode.l10n.t('No local namespace is known to belong to {0}', name)
        : vscode.l10n.t('No namespace of an account is known to belong to {0}', name),
    placeHolder: vscode.l10n.t('Which one? It may belong to something else: look at title, project and id.'),
  };
}

async function severalError(name: string, found: readonly KvNamespace[], { sources }: Services): Promise<KvError> {
  const items = await namespaceChoices(found, sources);
  return new KvError(
    'invalidInput',
    vscode.l10n.t(
      '{0} has several counterparts: {1}. Use “syncNamespace” with “from” and “to”.',
      name,
      items.map(({ label }) => label).join(', '),
    ),
  );
}

async function noneError(
  name: string,
  side: SourceKind,
  alike: readonly KvNamespace[],
  { sources }: Services,
): Promise<KvError> {
  const [first] = await namespaceChoices(alike, sources);
  if (first) {
    return new KvError(
      'notFound',
      vscode.l10n.t(
        '{0} has no certain counterpart: {1}, with the id {2}, is only bound by the same name, in another project or environment. Use “syncNamespace” with “from” and “to” if it is the right one.',
        name,
        first.label,
        first.one.id,
      ),
    );
  }
  return new KvError(
    'notFound',
    side === 'local'
      ? vscode.l10n.t('{0} has no local counterpart: no wrangler config here binds it.', name)
      : vscode.l10n.t('{0} has no counterpart in an account. Sign in, or create the namespace for its binding.', name),
    { way: side === 'local' || sources.hasAccount ? undefined : signInWay() },
  );
}
