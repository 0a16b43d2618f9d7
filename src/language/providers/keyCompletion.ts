import * as vscode from 'vscode';
import { type KvKeyInfo, presentMetadata } from '../../core/entry/entry.ts';
import { clockOf } from '../../core/entry/lifetimeClock.ts';
import { metadataHint } from '../../core/entry/metadataHint.ts';
import { metadataLine } from '../../core/entry/metadataJson.ts';
import { formatRemaining } from '../../core/entry/remaining.ts';
import { groupPrefixes } from '../../core/keys/keyTree.ts';
import { compareUtf8 } from '../../core/keys/utf8Order.ts';
import { groupsBelow } from '../../core/store/groupsBelow.ts';
import { oneLine } from '../../core/text/oneLine.ts';
import type { Services } from '../../services.ts';
import type { KeyUse } from '../code/calls.ts';
import { keyAt } from '../code/keyPlaces.ts';
import { escapedFor, type Replaceable, replaceable, typedText } from '../code/literal.ts';
import type { CodeNamespace, CodeNamespaces } from './codeNamespaces.ts';
import { rangeOf } from './positions.ts';
import { MOST_KEYS, type RemoteKeys } from './remoteKeys.ts';
import type { WorkerDocuments } from './workerDocuments.ts';

/** How long to look for groups, in milliseconds: nobody waits for suggestions. */
const MOST_MS = 40;

interface Offered {
  /** As the first of the namespaces has it. */
  readonly info: KvKeyInfo;
  /** At least one. */
  readonly from: CodeNamespace[];
}

/** Offers real keys where Worker code expects one. */
export class KeyCompletion implements vscode.CompletionItemProvider {
  readonly #documents: WorkerDocuments;
  readonly #namespaces: CodeNamespaces;
  readonly #remote: RemoteKeys;
  readonly #settings: Services['settings'];

  constructor(
    documents: WorkerDocuments,
    namespaces: CodeNamespaces,
    remote: RemoteKeys,
    settings: Services['settings'],
  ) {
    this.#documents = documents;
    this.#namespaces = namespaces;
    this.#remote = remote;
    this.#settings = settings;
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionList | undefined> {
    if (!this.#settings.codeCompletion) return undefined;
    const code = this.#documents.code(document);
    const offset = document.offsetAt(position);
    const use = code && keyAt(code.analysis, offset);
    const place = use && replaceable(code.analysis, use.node, offset);
    if (!code || !use || !place) return undefined;
    const typed = place.before + typedText(document.getText(rangeOf(document, { from: place.from, to: offset })));
    const namespaces = await this.#namespaces.of(use.call.bindings, code.configs);
    if (token.isCancellationRequested || namespaces.length === 0) return undefined;
    const { keys, isCut } = await this.#offered(namespaces, typed, use.kind);
    if (token.isCancellationRequested) return undefined;
    const { before } = place;
    const shown = keys.filter(({ info: { name } }) => name.startsWith(before) && (before === '' || name !== before));
    const range = rangeOf(document, place);
    const names = new Set(namespaces.flatMap(({ bindings }) => bindings));
    const items = shown.map((one, index) => this.#item(one, { use, place, range, index, isNamed: names.size > 1 }));
    return new vscode.CompletionList(items, isCut);
  }

  /** What each of the namespaces has of this kind, once. */
  async #offered(namespaces: readonly CodeNamespace[], typed: string, kind: KeyUse['kind']) {
    const found = new Map<string, Offered>();
    let isCut = false;
    const add = (infos: readonly KvKeyInfo[], from: CodeNamespace): void => {
      for (const info of infos) {
        const known = found.get(info.name);
        if (known) known.from.push(from);
        else found.set(info.name, { info, from: [from] });
      }
    };
    for (const namespace of namespaces) {
      const { keys, isPart } = namespace.isLocal
        ? await this.#local(namespace, typed, kind)
        : this.#remote.keys(namespace, typed, MOST_KEYS);
      isCut ||= isPart;
      add(kind === 'prefix' ? this.#prefixes(keys) : keys, namespace);
    }
    const keys = [...found.values()].sort((a, b) => compareUtf8(a.info.name, b.info.name));
    return { keys, isCut };
  }

  /** All keys if they are few, otherwise those that begin with the typed text, or the groups below it. */
  async #local(namespace: CodeNamespace, typed: string, kind: KeyUse['kind']) {
    try {
      const store = await this.#namespaces.store(namespace);
      const all = await store.list({ limit: MOST_KEYS });
      if (all.cursor === undefined) return { keys: all.keys, isPart: false };
      if (kind === 'prefix') {
        const limits = { most: MOST_KEYS, withinMs: MOST_MS };
        const { groups } = await groupsBelow(store, typed, this.#settings.keyDelimiters, limits);
        return { keys: groups.map((name) => ({ name })), isPart: true };
      }
      const { keys } = typed === '' ? all : await store.list({ prefix: typed, limit: MOST_KEYS });
      return { keys, isPart: true };
    } catch {
      // A key that cannot be read must not disturb typing; the view shows the error.
      return { keys: [], isPart: false };
    }
  }

  /** The groups that the keys belong to, each once. A group counts as one of its keys. */
  #prefixes(keys: readonly KvKeyInfo[]): readonly KvKeyInfo[] {
    const { keyDelimiters } = this.#settings;
    const names = new Set(keys.flatMap(({ name }) => groupPrefixes(name, keyDelimiters)));
    return [...names].map((name) => ({ name }));
  }

  #item(
    { info, from }: Offered,
    at: { use: KeyUse; place: Replaceable; range: vscode.Range; index: number; isNamed: boolean },
  ): vscode.CompletionItem {
    const sides = briefly(from.map((one) => this.#side(one, at.isNamed)));
    const kind = at.use.kind === 'prefix' ? vscode.CompletionItemKind.Folder : vscode.CompletionItemKind.Value;
    const { expiration } = info;
    const metadata = presentMetadata(info.metadata);
    const now = clockOf(from[0]?.source ?? {}).now();
    const ends = expiration === undefined ? undefined : formatRemaining(expiration, now);
    const json = metadata === undefined ? undefined : metadataLine(metadata);
    const hint = [ends, json && metadataHint(json)].filter((part) => part !== undefined).join(' · ');
    const label = { label: oneLine(info.name), description: sides, ...(hint !== '' && { detail: `  ${hint}` }) };
    const item = new vscode.CompletionItem(label, kind);
    item.range = at.range;
    const source = escapedFor(at.place.quote, info.name.slice(at.place.before.length));
    // VS Code compares it with the text in the range, which is source code.
    item.filterText = source;
    item.insertText = source;
    item.sortText = String(at.index).padStart(6, '0');
    // The full metadata, shown when the user asks for details.
    const details = [ends && vscode.l10n.t('Expires {0}', ends), json].filter((part) => part !== undefined);
    if (details.length > 0) item.detail = details.join(' · ');
    return item;
  }

  /** Which of the namespaces has it: local or account, and whatever else tells them apart. */
  #side({ namespace, bindings, isLocal }: CodeNamespace, isNamed: boolean): string {
    const own = namespace.bindings.filter(({ name }) => bindings.includes(name));
    const environments = own.every(({ environment }) => environment !== undefined)
      ? [...new Set(own.flatMap(({ environment }) => environment ?? []))]
      : [];
    const side = isLocal ? vscode.l10n.t('local') : vscode.l10n.t('remote');
    return [...(isNamed ? bindings : []), side, ...environments].join(', ');
  }
}

/** Leaves out those that only add an environment to another one. */
const briefly = (sides: readonly string[]): string =>
  [...new Set(sides)].filter((side) => !sides.some((other) => side.startsWith(`${other}, `))).join(' · ');
