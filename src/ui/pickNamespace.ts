import * as vscode from 'vscode';
import { errorText } from '../core/base/errors.ts';
import { namespaceLabel, namespaceRemarks, sideLabel, sourceIcon, sourceLabel } from '../core/store/names.ts';
import { type NamespaceRef, sameNamespace } from '../core/store/namespaceRef.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { KvNamespace, KvSource, SourceKind } from '../core/store/store.ts';
import { labelText } from '../core/text/labelText.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import { commandId } from '../ids.ts';

interface NamespaceItem extends vscode.QuickPickItem {
  readonly namespace?: KvNamespace;
  /** Why the namespaces of the source could not be listed. */
  readonly trouble?: unknown;
}

const LAST_USED = 'lastUsedNamespaces';
const MOST_LAST_USED = 10;

export interface NamespaceChoice {
  readonly side?: SourceKind | undefined;
  /** Offers only namespaces of this source. */
  readonly source?: string | undefined;
  /** Shown above the question. */
  readonly title?: string | undefined;
  /** Left out because it is the other one of a pair. */
  readonly except?: NamespaceRef;
  /** Offered first: the namespaces of the rows selected in the view. */
  readonly selected?: readonly NamespaceRef[] | undefined;
}

/**
 * Asks for a namespace, of one side or of both. Offers the selected and the last used ones first, with a separator per
 * source. `undefined` when dismissed. If the user picks the row of a source that could not be listed, throws its error.
 */
export async function pickNamespace(
  sources: SourceRegistry,
  memory: vscode.Memento,
  placeHolder: string,
  { side, source, title, except, selected = [] }: NamespaceChoice = {},
): Promise<KvNamespace | undefined> {
  await sources.ready();
  const used = memory.get<string[]>(LAST_USED, []);
  const choice = sources.sources.filter(
    ({ kind, id }) => (side === undefined || kind === side) && (source === undefined || id === source),
  );
  const items = await namespaceItems(choice, { used, selected: selected.map(refText), except });
  if (items.length === 0) {
    tellThereAreNone(side);
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(items, {
    ...(title !== undefined && { title }),
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked?.trouble !== undefined) throw picked.trouble;
  if (!picked?.namespace) return undefined;
  const name = refText(picked.namespace);
  await memory.update(LAST_USED, [name, ...used.filter((other) => other !== name)].slice(0, MOST_LAST_USED));
  return picked.namespace;
}

/**
 * Asks for any number of namespaces. Local ones are checked at first; listing those of an account takes requests, which
 * the free plan limits per day. `undefined` when dismissed or when none was chosen. If the user picks the row of a
 * source that could not be listed, throws its error.
 */
export async function pickNamespaces(
  sources: SourceRegistry,
  placeHolder: string,
): Promise<readonly KvNamespace[] | undefined> {
  await sources.ready();
  const all = await namespaceItems(sources.sources);
  const items = all.map((item) => ({ ...item, picked: item.namespace?.sourceKind === 'local' }));
  if (items.length === 0) {
    tellThereAreNone();
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(items, { placeHolder, canPickMany: true, matchOnDescription: true });
  const unlisted = picked?.find(({ trouble }) => trouble !== undefined);
  if (unlisted) throw unlisted.trouble;
  const namespaces = picked?.flatMap(({ namespace }) => namespace ?? []) ?? [];
  return namespaces.length > 0 ? namespaces : undefined;
}

function tellThereAreNone(side?: SourceKind): void {
  const openFolder = vscode.l10n.t('Open Folder…');
  const signIn = vscode.l10n.t('Sign In…');
  void vscode.window
    .showInformationMessage(
      withoutLinks(
        side === 'remote'
          ? vscode.l10n.t('There are no namespaces of an account here. Sign in to see yours.')
          : vscode.l10n.t(
              'There are no KV namespaces here. Open a folder with a wrangler config, or sign in to see those of your account.',
            ),
      ),
      ...(side === 'remote' ? [signIn] : [openFolder, signIn]),
    )
    .then((answer) => {
      if (answer === openFolder) void vscode.commands.executeCommand('vscode.openFolder');
      if (answer === signIn) void vscode.commands.executeCommand(commandId('signIn'));
    });
}

/** Forgets which namespaces of these sources were used last. */
export async function forgetLastUsed(memory: vscode.Memento, isGone: (source: string) => boolean): Promise<void> {
  const used = memory.get<string[]>(LAST_USED, []);
  const kept = used.filter((name) => !isGone(name.slice(0, name.indexOf('/'))));
  if (kept.length < used.length) await memory.update(LAST_USED, kept);
}

const refText = ({ source, id }: NamespaceRef): string => `${source}/${id}`;

interface ItemOptions {
  /** Named as by {@link refText}. */
  readonly selected?: readonly string[];
  readonly used?: readonly string[];
  readonly except?: NamespaceChoice['except'];
}

async function namespaceItems(
  sources: readonly KvSource[],
  { selected = [], used = [], except }: ItemOptions = {},
): Promise<NamespaceItem[]> {
  const isWanted = (one: KvNamespace): boolean => except === undefined || !sameNamespace(one, except);
  const groups = await Promise.all(
    sources.map(async (source) => {
      try {
        return { source, namespaces: (await source.namespaces()).filter(isWanted), troubles: [] };
      } catch (error) {
        return { source, namespaces: [], troubles: [unlistedItem(source, error)] };
      }
    }),
  );
  const item = (source: KvSource, namespace: KvNamespace): NamespaceItem => ({
    label: labelText(namespaceLabel(namespace)),
    description: labelText([sideLabel(source), namespaceRemarks(namespace)].filter((part) => part !== '').join(' · ')),
    detail: namespace.id,
    iconPath: new vscode.ThemeIcon(sourceIcon(source)),
    namespace,
  });
  const all = groups.flatMap(({ source, namespaces }) => namespaces.map((namespace) => ({ source, namespace })));
  const named = (names: readonly string[]): NamespaceItem[] =>
    names.flatMap((name) => {
      const found = all.find(({ namespace }) => refText(namespace) === name);
      return found ? item(found.source, found.namespace) : [];
    });
  const first = [...new Set(selected)];
  const isListed = (namespace: KvNamespace): boolean => [...first, ...used].includes(refText(namespace));
  const separator = (label: string): NamespaceItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const part = (label: string, items: readonly NamespaceItem[]): readonly NamespaceItem[] =>
    items.length > 0 ? [separator(label), ...items] : [];
  return [
    ...part(vscode.l10n.t('Selected'), named(first)),
    ...part(vscode.l10n.t('Last used'), named(used.filter((name) => !first.includes(name)))),
    ...groups.flatMap(({ source, namespaces, troubles }) =>
      part(labelText(sourceLabel(source)), [
        ...namespaces.filter((namespace) => !isListed(namespace)).map((namespace) => item(source, namespace)),
        ...troubles,
      ]),
    ),
  ];
}

const unlistedItem = (source: KvSource, trouble: unknown): NamespaceItem => ({
  label: labelText(sideLabel(source)),
  detail: errorText(trouble),
  iconPath: new vscode.ThemeIcon('warning'),
  trouble,
});
