import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { counterparts } from '../../core/store/counterparts.ts';
import { shortText } from '../../core/store/names.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import type { KvNamespace } from '../../core/store/store.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import type { KeyTarget } from '../invocation/call.ts';
import type { Run } from '../invocation/command.ts';
import { whereOf } from '../invocation/targets.ts';
import { type NamespaceChoice, namespaceChoices } from '../sync/namespaceChoices.ts';

/**
 * The other side of a namespace, where it holds the key. A person is asked where there are several, and offered what is
 * bound by the same name elsewhere where there is none; `undefined` when dismissed. Otherwise it throws `notFound`.
 */
export async function otherSide(
  { namespace, key }: KeyTarget,
  question: { readonly title: (key: string, where: string) => string; readonly placeHolder: string },
  { services, isInteractive, waitFor }: Run,
): Promise<KvNamespace | undefined> {
  const { certain, possible } = counterparts(namespace, await services.sources.namespaces());
  const sure = await holding(certain, key, services);
  const only = single(sure, namespace, isInteractive);
  if (only) return only;
  const found = sure.length > 0 ? sure : await holding(possible, key, services);
  if (!isInteractive && sure.length > 0) throw hasSeveral(key, await namespaceChoices(sure, services.sources));
  if (found.length === 0 || !isInteractive) throw hasNone(key, found.length > 0);
  const title = question.title(shortText(key), await whereOf(namespace, services));
  const placeHolder =
    found === sure ? question.placeHolder : vscode.l10n.t('Bound by the same name, but perhaps something else');
  const items = await namespaceChoices(found, services.sources);
  return (await waitFor(Promise.resolve(vscode.window.showQuickPick(items, { title, placeHolder }))))?.one;
}

/** The one that can be meant: for an argument object also the only one that is local for a remote one, or vice versa. */
function single(found: readonly KvNamespace[], of: NamespaceRef, isInteractive: boolean): KvNamespace | undefined {
  const [first, ...others] = found;
  if (others.length === 0) return first;
  const [across, ...more] = found.filter(({ source }) => isAccount(source) !== isAccount(of.source));
  return isInteractive || more.length > 0 ? undefined : across;
}

async function holding(namespaces: readonly KvNamespace[], key: string, { sources }: Services): Promise<KvNamespace[]> {
  const found = await Promise.all(
    namespaces.map(async (one) => ((await (await sources.store(one)).get(key)) ? [one] : [])),
  );
  return found.flat();
}

const hasSeveral = (key: string, choices: readonly NamespaceChoice[]): KvError =>
  new KvError(
    'invalidInput',
    vscode.l10n.t('“{0}” has several other sides: {1}.', key, choices.map(({ label }) => label).join(', ')),
  );

const hasNone = (key: string, isAlikeThere: boolean): KvError =>
  new KvError(
    'notFound',
    isAlikeThere
      ? vscode.l10n.t(
          '“{0}” has no certain other side: what holds it is only bound by the same name, in another project or environment.',
          key,
        )
      : vscode.l10n.t(
          '“{0}” has no other side: no namespace with the same id, or of the same binding, holds it elsewhere.',
          key,
        ),
  );
