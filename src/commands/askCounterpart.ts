import * as vscode from 'vscode';
import { counterparts } from '../core/counterparts.ts';
import { KvError } from '../core/errors.ts';
import { fullName } from '../core/names.ts';
import type { SourceKind } from '../core/store.ts';
import type { NamespaceRef } from '../fs/kvUri.ts';
import type { Services } from '../services.ts';

/** The namespace that stands for the same thing on the given side; asks when there are several. */
export async function askCounterpart(
  of: NamespaceRef,
  side: SourceKind,
  services: Services,
): Promise<NamespaceRef | undefined> {
  const found = counterparts(of, await services.sources.namespaces()).filter(({ sourceKind }) => sourceKind === side);
  const [only] = found;
  if (!only) {
    const name = fullName(await services.sources.describe(of));
    throw new KvError(
      'notFound',
      side === 'local'
        ? vscode.l10n.t('{0} has no local counterpart: no wrangler config here binds it.', name)
        : vscode.l10n.t(
            '{0} has no counterpart in an account. Sign in, or create the namespace for its binding.',
            name,
          ),
    );
  }
  if (found.length === 1) return { source: only.source, id: only.id };
  const items = await Promise.all(
    found.map(async (one) => ({ label: fullName(await services.sources.describe(one)), detail: one.id, one })),
  );
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which of these?') });
  return picked && { source: picked.one.source, id: picked.one.id };
}
