import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { counterparts } from '../../core/store/counterparts.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import type { KvNamespace } from '../../core/store/store.ts';
import { signInWay } from '../../core/text/wayOut.ts';
import type { KeyTarget } from '../invocation/call.ts';
import type { Run } from '../invocation/command.ts';
import { whereOf } from '../invocation/targets.ts';
import {
  type NamespaceChoice,
  namespaceChoices,
  pickChoice,
  troubleChoice,
  unlistedChoices,
} from '../sync/namespaceChoices.ts';
import { type Holders, holders } from './holders.ts';

/**
 * The other side of a namespace that has the key. If there are several, asks the user. If there is none, offers
 * namespaces that are bound by the same name elsewhere. `undefined` when dismissed. Otherwise throws `notFound`, or the
 * error of a side that could not be read and may have the key.
 */
export async function otherSide(
  { namespace, key }: KeyTarget,
  question: { readonly title: (key: string, where: string) => string; readonly placeHolder: string },
  { services, isInteractive, waitFor }: Run,
): Promise<KvNamespace | undefined> {
  const { sources } = services;
  await sources.checkExists(namespace);
  const { namespaces, unlisted } = await sources.listing();
  const { certain, possible } = counterparts(namespace, namespaces);
  const sure = await holders(certain, key, sources);
  const only = single(sure.holding, namespace, isInteractive);
  if (only) return only;
  const isSure = sure.holding.length > 0;
  if (!isInteractive && isSure) throw hasSeveral(key, await namespaceChoices(sure.holding, sources));
  const alike = isSure ? NOBODY : await holders(possible, key, sources);
  const found = isSure ? sure.holding : alike.holding;
  const elsewhere = unlisted.filter(({ source }) => source.id !== namespace.source);
  if (found.length === 0 || !isInteractive) {
    // Namespaces bound by the same name elsewhere matter only if there is a user to choose among them.
    const [hidden] = [...sure.unread, ...elsewhere, ...(isInteractive ? alike.unread : [])];
    throw hidden ? hidden.error : hasNone(key, found.length > 0, sources.hasAccount);
  }
  const title = question.title(shortText(key), await whereOf(namespace, services));
  const placeHolder = isSure
    ? question.placeHolder
    : vscode.l10n.t('Bound by the same name, but perhaps something else');
  const troubles = await Promise.all(
    [...sure.unread, ...alike.unread].map(async (one) =>
      troubleChoice(fullName(await sources.describe(one.namespace)), one.error),
    ),
  );
  const choices = await namespaceChoices(found, sources);
  return await waitFor(pickChoice(choices, [...troubles, ...unlistedChoices(elsewhere)], { title, placeHolder }));
}

const NOBODY: Holders = { holding: [], unread: [] };

/**
 * The only candidate. For an argument object, also the only local one for a remote key, or the only remote one for a
 * local key.
 */
function single(found: readonly KvNamespace[], of: NamespaceRef, isInteractive: boolean): KvNamespace | undefined {
  const [first, ...others] = found;
  if (others.length === 0) return first;
  const [across, ...more] = found.filter(({ source }) => isAccount(source) !== isAccount(of.source));
  return isInteractive || more.length > 0 ? undefined : across;
}

const hasSeveral = (key: string, choices: readonly NamespaceChoice[]): KvError =>
  new KvError(
    'invalidInput',
    vscode.l10n.t('“{0}” has several other sides: {1}.', key, choices.map(({ label }) => label).join(', ')),
  );

function hasNone(key: string, isAlikeThere: boolean, hasAccount: boolean): KvError {
  if (isAlikeThere) {
    return new KvError(
      'notFound',
      vscode.l10n.t(
        '“{0}” has no certain other side: what holds it is only bound by the same name, in another project or environment.',
        key,
      ),
    );
  }
  if (!hasAccount) {
    const text = vscode.l10n.t('“{0}” has no other side here. Sign in if it is in an account.', key);
    return new KvError('notFound', text, { way: signInWay() });
  }
  return new KvError(
    'notFound',
    vscode.l10n.t(
      '“{0}” has no other side: no namespace with the same id, or of the same binding, holds it elsewhere.',
      key,
    ),
  );
}
