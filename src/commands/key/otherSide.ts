import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { counterparts } from '../../core/store/counterparts.ts';
import { fullName } from '../../core/store/names.ts';
import type { KvNamespace } from '../../core/store/store.ts';
import type { Services } from '../../services.ts';
import type { KeyTarget } from '../invocation/call.ts';

/** Another namespace of the same binding that holds the key; asks only when there are several, `undefined` when dismissed. */
export async function otherSide(
  { namespace, key }: KeyTarget,
  question: { readonly title: string; readonly placeHolder: string },
  services: Services,
): Promise<KvNamespace | undefined> {
  const all = counterparts(namespace, await services.sources.namespaces());
  const holding = await Promise.all(
    all.map(async (one) => ((await (await services.sources.store(one)).get(key)) ? [one] : [])),
  );
  const found = holding.flat();
  const [only] = found;
  if (!only) {
    throw new KvError(
      'notFound',
      vscode.l10n.t(
        '“{0}” has no other side: no namespace of the same binding in another project or environment holds it.',
        key,
      ),
    );
  }
  if (found.length === 1) return only;
  const items = await Promise.all(
    found.map(async (one) => ({ label: fullName(await services.sources.describe(one)), detail: one.id, one })),
  );
  return (await vscode.window.showQuickPick(items, question))?.one;
}
