import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { type NamespaceRef, sameNamespace } from '../../core/store/namespaceRef.ts';
import type { Selection } from '../../core/store/selection.ts';
import type { KvReader, SourceKind } from '../../core/store/store.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import { isRemote } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { namespaceOf } from '../../tree/nodes.ts';
import { allowWritingWay } from '../../ui/allowWriting.ts';
import { inputText } from '../../ui/inputText.ts';
import { pickKey, pickKeys } from '../../ui/pickKey.ts';
import { type NamespaceChoice, pickNamespace } from '../../ui/pickNamespace.ts';
import type { Call, KeyTarget } from './call.ts';
import {
  isKeyPress,
  keyOfCall,
  keysAndGroupsOfCall,
  keysOfCall,
  type ParentTarget,
  pairOf,
  placeOfCall,
  type Selected,
  selectedOfCall,
  selectedRowsOf,
  wholeNamespaceOf,
} from './resolve.ts';

/*
 * What a command is about, found in the call or by asking. Each target first finds the namespace, refuses a read-only
 * one before it asks anything else, and names the namespace for the titles of the next questions.
 */

/** What a command is about, as the command declares it. */
export interface Target<T> {
  readonly kind: 'key' | 'keys' | 'namespace' | 'selection' | 'pair' | 'rows' | 'source' | 'document' | 'none';
  /** Whether the command writes to what is found. If so, read-only namespaces are refused. */
  readonly writes: boolean;
  /** `undefined` when dismissed, or if a key press was on some other kind of row. */
  find(call: Call, services: Services): Promise<T | undefined>;
}

/** For a command that is about nothing in particular. */
export const nothing: Target<object> = { kind: 'none', writes: false, find: async () => ({}) };

/** A target with its own way to find it. */
export const ownTarget = <T>(kind: Target<T>['kind'], find: Target<T>['find']): Target<T> => ({
  kind,
  find,
  writes: false,
});

/** With the full name of the namespace: "SESSIONS (local, shop)". */
type Named<T> = T & { readonly where: string };

interface Question {
  /** Asked if the call does not say: "Rename which key?". */
  readonly question: string;
  /** Shown above a question that does not itself say what it is for. */
  readonly title?: string;
  readonly writes?: boolean;
  /** Offers only namespaces of this side. */
  readonly side?: SourceKind;
}

const named = async <T extends { readonly namespace: NamespaceRef }>(
  found: T,
  services: Services,
  writes: boolean,
): Promise<Named<T>> => {
  if (writes) await checkWritable(services, found.namespace);
  return { ...found, where: await whereOf(found.namespace, services) };
};

/** "SESSIONS (local, shop)". */
export const whereOf = (namespace: NamespaceRef, { sources }: Services): Promise<string> => sources.nameOf(namespace);

/** One key: that of the clicked row or of the document, or one that the user picks. */
export function aKey({
  question,
  writes = false,
  takesActive = true,
  acceptTyped = false,
}: Question & {
  /** Whether to take the value that just happens to be open. */
  readonly takesActive?: boolean;
  /** Whether the key may be new. */
  readonly acceptTyped?: boolean;
}): Target<Named<KeyTarget>> {
  return {
    kind: 'key',
    writes,
    async find(given, services) {
      const isOpen = given.from === 'document' && given.isOnlyActive;
      const call: Call = isOpen && !takesActive ? { from: 'palette' } : given;
      const known = keyOfCall(call);
      if (known) return named(known, services, writes);
      const picked = await pickIn(call, services, { question, writes }, (store, title) =>
        pickKey(store, { title, placeHolder: question, acceptTyped }),
      );
      return picked && { ...picked.place, key: picked.found };
    },
  };
}

/** Keys, plus groups if `withGroups`: the selected ones, that of the document, or those that the user picks. */
export function someKeysOf({
  question,
  writes = false,
  withGroups = false,
  takesDocument = true,
}: Question & {
  readonly withGroups?: boolean;
  /** If false, the user picks keys from the namespace of the document. */
  readonly takesDocument?: boolean;
}): Target<Named<Selected>> {
  return {
    kind: 'keys',
    writes,
    async find(call, services) {
      const isOther = call.from === 'document' && !takesDocument;
      const known = isOther ? undefined : withGroups ? keysAndGroupsOfCall(call) : keysOfCall(call);
      if (known) return named(known, services, writes);
      const picked = await pickIn(call, services, { question, writes }, (store, title) =>
        pickKeys(store, { title, placeHolder: question }),
      );
      return picked && { ...picked.place, selection: { keys: picked.found, prefixes: [] } };
    },
  };
}

/** Lets the user pick from the namespace of the call, or from one that they pick first. A key press asks nothing. */
async function pickIn<T>(
  call: Call,
  services: Services,
  { question, writes }: Pick<Question, 'question' | 'writes'>,
  pick: (store: KvReader, title: string) => Promise<T | undefined>,
): Promise<{ readonly place: Named<{ readonly namespace: NamespaceRef }>; readonly found: T } | undefined> {
  if (isKeyPress(call)) return undefined;
  const place = await aNamespace({ ...anyNamespace(question), writes: writes === true }).find(call, services);
  if (!place) return undefined;
  const { namespace, where } = place;
  const found = await pick(await storeOf(services, namespace), where);
  return found === undefined ? undefined : { place: { namespace, where }, found };
}

/** A namespace, with the prefix of its row: that of the clicked row or of the document, or one that the user picks. */
export function aNamespace({ question, title, writes = false, side }: Question): Target<Named<ParentTarget>> {
  return {
    kind: 'namespace',
    writes,
    async find(call, services) {
      const known =
        placeOfCall(call) ??
        (isKeyPress(call)
          ? undefined
          : await askNamespace(question, services, { title, side, selected: selectedIn(services) }));
      return known && named({ prefix: '', ...known }, services, writes);
    },
  };
}

/**
 * A whole namespace: the clicked row is its own, or the user picks it. Never the namespace of a key or of an open
 * value.
 */
export function aWholeNamespace({
  question,
  writes = false,
  side,
}: Question): Target<Named<{ namespace: NamespaceRef }>> {
  return {
    kind: 'namespace',
    writes,
    async find(call, services) {
      const own = wholeNamespaceOf(call);
      const known = own
        ? { namespace: own }
        : isKeyPress(call)
          ? undefined
          : await askNamespace(question, services, { side, selected: selectedIn(services) });
      return known && named(known, services, writes);
    },
  };
}

/**
 * Keys of a namespace to read: those of the selected rows or of the document, or a namespace and prefix that the user
 * picks.
 */
export function aSelection({
  question,
  writes = false,
  side,
  takesActive = true,
}: Question & {
  /** Whether it may be about the value that just happens to be open. */
  readonly takesActive?: boolean;
}): Target<Named<Selected>> {
  return {
    kind: 'selection',
    writes,
    async find(given, services) {
      const call = isAbout(given, { side, takesActive }) ? given : { from: 'palette' as const };
      const known = selectedOfCall(call);
      if (known) return named(known, services, writes);
      if (isKeyPress(call)) return undefined;
      const place = await aNamespace({ question, writes, ...(side && { side }) }).find(call, services);
      if (!place) return undefined;
      const { namespace, where } = place;
      const prefix = await inputText({
        title: where,
        prompt: vscode.l10n.t('Only keys that begin with this; leave it empty for every key.'),
      });
      return prefix === undefined ? undefined : { namespace, where, selection: { keys: [], prefixes: [prefix] } };
    },
  };
}

/** Ignores a document of the other side, or one that the user did not point at. */
const isAbout = (
  call: Call,
  { side, takesActive }: { readonly side: SourceKind | undefined; readonly takesActive: boolean },
): boolean =>
  call.from !== 'document' ||
  ((takesActive || !call.isOnlyActive) && (side === undefined || isRemote(call.uri) === (side === 'remote')));

/** Two namespaces and the keys to work on. */
export interface Pair {
  readonly first: NamespaceRef;
  readonly second: NamespaceRef;
  readonly selection: Selection;
}

/** The pair of the selected rows; asks for the rest. `writes` refers to the second one. */
export function aPair({
  first: firstQuestion,
  second: secondQuestion,
  writes = false,
}: {
  readonly first: string;
  readonly second: (first: string) => string;
  readonly writes?: boolean;
}): Target<Pair> {
  return {
    kind: 'pair',
    writes,
    async find(call, services) {
      const { selection, ...chosen } = pairOf(selectedRowsOf(call));
      const first = chosen.first ?? (await aNamespace({ question: firstQuestion }).find(call, services))?.namespace;
      if (!first) return undefined;
      const question = secondQuestion(selectionName(selection, await whereOf(first, services)));
      const second = chosen.second ?? (await askNamespace(question, services, { except: first }))?.namespace;
      if (!second) return undefined;
      if (writes) await checkWritable(services, second);
      return { first, second, selection };
    },
  };
}

/** The namespace to write to. Always asked for. */
export async function askDestination(question: string, services: Services): Promise<Named<ParentTarget> | undefined> {
  const chosen = await askNamespace(question, services);
  return chosen && named({ prefix: '', ...chosen }, services, true);
}

/** The question for the namespace, which comes before a question about keys. */
const anyNamespace = (title: string): Pick<Question, 'question' | 'title'> => ({
  title,
  question: vscode.l10n.t('Choose a namespace'),
});

/** A user who calls a command without a row probably means the selected ones. */
const selectedIn = ({ tree }: Services): readonly NamespaceRef[] =>
  tree.view.visible ? tree.selection.rows.flatMap((row) => namespaceOf(row)?.ref ?? []) : [];

async function askNamespace(
  question: string,
  { sources, memory }: Services,
  choice: NamespaceChoice = {},
): Promise<{ readonly namespace: NamespaceRef } | undefined> {
  const picked = await pickNamespace(sources, memory, question, choice);
  return picked && { namespace: { source: picked.source, id: picked.id } };
}

/** Throws `invalidInput` if both are the same: these cannot be compared or copied. */
export function checkDifferent(one: NamespaceRef, other: NamespaceRef): void {
  if (!sameNamespace(one, other)) return;
  throw new KvError('invalidInput', vscode.l10n.t('Choose two different namespaces.'));
}

/** The store to read from. Throws `namespaceNotFound` if the namespace does not exist. */
export const storeOf = ({ sources }: Services, namespace: NamespaceRef): Promise<KvReader> =>
  sources.existing(namespace);

/** The store to write to. The namespace need not exist: a local one is created with its first key. */
export const targetStoreOf = ({ sources }: Services, namespace: NamespaceRef): Promise<KvReader> =>
  sources.store(namespace);

/**
 * Rejects with `readOnly`. Called before the user is asked what to write and before anything is read for it. The error
 * names the namespace, which may not be the clicked one.
 */
export async function checkWritable(services: Services, namespace: NamespaceRef): Promise<void> {
  const reason = services.sources.readOnlyReason(namespace);
  if (reason === undefined) return;
  const where = await whereOf(namespace, services);
  const canAllow = services.protection.protectorOf(namespace) !== 'workspace';
  throw new KvError('readOnly', vscode.l10n.t('Nothing was written to {0}. {1}', where, reason), {
    ...(canAllow && { way: allowWritingWay(namespace) }),
  });
}
