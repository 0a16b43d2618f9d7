import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { counterparts } from '../../core/store/counterparts.ts';
import { fullName } from '../../core/store/names.ts';
import type { KvNamespace, SourceKind } from '../../core/store/store.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';

/**
 * The namespace that stands for the same thing on the given side. A person is asked where there are several, and for any
 * local one where none is bound alike; otherwise it throws `invalidInput` or `notFound`.
 */
export async function askCounterpart(
  of: NamespaceRef,
  side: SourceKind,
  services: Services,
  isAsked: boolean,
): Promise<NamespaceRef | undefined> {
  const all = await services.sources.namespaces();
  const onSide = ({ sourceKind }: KvNamespace): boolean => sourceKind === side;
  const found = counterparts(of, all).filter(onSide);
  const [first, ...others] = found;
  if (first && others.length === 0) return { source: first.source, id: first.id };
  const name = fullName(await services.sources.describe(of));
  const choice = found.length === 0 && side === 'local' ? all.filter(onSide) : found;
  if (choice.length === 0 || (found.length === 0 && !isAsked)) throw hasNone(name, side);
  const items = await Promise.all(
    choice.map(async (one) => ({ label: fullName(await services.sources.describe(one)), detail: one.id, one })),
  );
  if (!isAsked) {
    throw new KvError(
      'invalidInput',
      vscode.l10n.t(
        '{0} has several counterparts: {1}. Use “syncNamespace” with “from” and “to”.',
        name,
        items.map(({ label }) => label).join(', '),
      ),
    );
  }
  const picked = await vscode.window.showQuickPick(
    items,
    found.length > 0
      ? { title: vscode.l10n.t('{0} has several counterparts', name), placeHolder: vscode.l10n.t('Which of these?') }
      : {
          title: vscode.l10n.t('No local namespace is bound as {0} is', name),
          placeHolder: vscode.l10n.t('Into which one?'),
        },
  );
  return picked && { source: picked.one.source, id: picked.one.id };
}

const hasNone = (name: string, side: SourceKind): KvError =>
  new KvError(
    'notFound',
    side === 'local'
      ? vscode.l10n.t('{0} has no local counterpart: no wrangler config here binds it.', name)
      : vscode.l10n.t('{0} has no counterpart in an account. Sign in, or create the namespace for its binding.', name),
  );
