import * as vscode from 'vscode';
import { nowSeconds } from '../core/entry/entry.ts';
import { clockOf, secondsAhead } from '../core/entry/lifetimeClock.ts';
import { formatRemaining, type LastMinute, speakRemaining } from '../core/entry/remaining.ts';
import { elsewhereText } from '../core/store/devServerText.ts';
import { namespaceDescription, namespaceLabel, sourceIcon, sourceLabel } from '../core/store/names.ts';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import type { Pin } from '../core/store/pins.ts';
import type { DevServerStatus, SourceKind } from '../core/store/store.ts';
import { countText } from '../core/text/countText.ts';
import { visibleText } from '../core/text/visibleText.ts';
import { useFolderCommand } from '../core/text/wayOut.ts';
import { containerUri, groupUri, valueUri } from '../fs/kvUri.ts';
import { commandId } from '../ids.ts';
import { MOST_ROWS } from './level.ts';
import { nodeId } from './nodeId.ts';
import type {
  GroupNode,
  KeyNode,
  MoreNode,
  NamespaceNode,
  NoteNode,
  ParentNode,
  ProblemNode,
  SourceNode,
  TreeNode,
} from './nodes.ts';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

/** What a row shows beyond its node. */
export interface RowState {
  /** How a key shows its last minute. */
  readonly lastMinute: LastMinute;
  isPinned(what: Pin): boolean;
  isReadOnly(what: NamespaceRef): boolean;
  /** Whether the other side has a namespace for the same binding. */
  hasCounterpart(what: NamespaceRef): boolean;
}

/** The tree item of a node. The only place that builds tree items. */
export function treeItem(node: TreeNode, state: RowState): vscode.TreeItem {
  switch (node.kind) {
    case 'source':
      return sourceItem(node);
    case 'problem':
      return problemItem(node);
    case 'namespace':
      return namespaceItem(node, state);
    case 'group':
      return groupItem(node, state);
    case 'key':
      return keyItem(node, state);
    case 'more':
      return moreItem(node);
    case 'note':
      return noteItem(node);
  }
}

const item = (node: TreeNode, label: string, state: vscode.TreeItemCollapsibleState, more: Partial<vscode.TreeItem>) =>
  Object.assign(new vscode.TreeItem(label, state), { id: nodeId(node) }, more);

/** `kind.side` and flags, for the `when` of menus: `namespace.local.writable.pinned`. */
function context(node: ParentNode | KeyNode, state: RowState, pinned: boolean): string {
  const { ref, namespace } = node.kind === 'namespace' ? node : node.namespace;
  return [
    node.kind,
    namespace.sourceKind,
    state.isReadOnly(ref) ? 'readonly' : 'writable',
    ...(pinned ? ['pinned'] : []),
    ...(node.kind === 'namespace' && node.filter !== '' ? ['filtered'] : []),
    ...(state.hasCounterpart(ref) ? ['paired'] : []),
    ...(node.kind === 'namespace' && namespace.bindings.some(({ field }) => field === 'name') ? ['withoutId'] : []),
  ].join('.');
}

/** Rows of a real account have a URI, for the decoration that marks them. */
const remoteUri = (kind: SourceKind, uri: vscode.Uri): Partial<vscode.TreeItem> =>
  kind === 'remote' ? { resourceUri: uri } : {};

const speak = (...parts: readonly string[]): vscode.AccessibilityInformation => ({
  label: parts.filter((part) => part !== '').join(', '),
});

function sourceItem(node: SourceNode): vscode.TreeItem {
  const { source } = node;
  const label = visibleText(sourceLabel(source));
  const status = statusText(source.status);
  const elsewhere = source.status && elsewhereText(source.status);
  return item(node, label, Expanded, {
    description: status,
    ...(elsewhere !== undefined && { tooltip: `${label}\n${elsewhere}` }),
    iconPath: new vscode.ThemeIcon(sourceIcon(source)),
    ...remoteUri(source.kind, containerUri(source.id)),
    contextValue: `source.${source.kind}`,
    accessibilityInformation: speak(
      label,
      source.kind === 'local' ? vscode.l10n.t('KV of this project') : vscode.l10n.t('KV of this account'),
      status,
    ),
  });
}

function statusText(status: DevServerStatus | undefined): string {
  switch (status?.devServer) {
    case 'running':
      return status.port === undefined
        ? vscode.l10n.t('dev server')
        : vscode.l10n.t('dev server on {0}', String(status.port));
    case 'elsewhere':
      return dataText(status);
    case 'unknownPort':
      return vscode.l10n.t('dev server, port unknown');
    case 'none':
    case undefined:
      return '';
  }
}

/** The most important part comes first: VS Code may cut the end of a description. */
function dataText({ port, folder }: DevServerStatus): string {
  return [
    folder === undefined
      ? vscode.l10n.t('data elsewhere')
      : vscode.l10n.t('data in {0}', vscode.workspace.asRelativePath(folder)),
    port === undefined ? vscode.l10n.t('dev server') : vscode.l10n.t('dev server on {0}', String(port)),
  ].join(' · ');
}

function problemItem(node: ProblemNode): vscode.TreeItem {
  const { path, line, message, isFolder } = node.problem;
  const description = line === undefined ? message : vscode.l10n.t('line {0}: {1}', line, message);
  const name = vscode.workspace.asRelativePath(path);
  return item(node, name, None, {
    description,
    tooltip: `${name}\n${description}`,
    iconPath: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
    contextValue: 'problem',
    ...(!isFolder && { command: openConfig(path, line) }),
    accessibilityInformation: speak(name, vscode.l10n.t('problem'), description),
  });
}

const openConfig = (path: string, line: number | undefined): vscode.Command => ({
  command: 'vscode.open',
  title: vscode.l10n.t('Open Config'),
  arguments: [
    vscode.Uri.file(path),
    line === undefined ? undefined : { selection: new vscode.Range(line - 1, 0, line - 1, 0) },
  ],
});

function namespaceItem(node: NamespaceNode, state: RowState): vscode.TreeItem {
  const { namespace, filter } = node;
  const label = visibleText(namespaceLabel(namespace));
  const pinned = state.isPinned(node.ref);
  const readOnly = state.isReadOnly(node.ref);
  const description = [
    filter === '' ? '' : vscode.l10n.t('filter: {0}', visibleText(filter)),
    pinned ? vscode.l10n.t('pinned') : '',
    readOnly ? vscode.l10n.t('read-only') : '',
    namespaceDescription(namespace),
  ]
    .filter((part) => part !== '')
    .join(' · ');
  return item(node, label, Collapsed, {
    description,
    ...remoteUri(namespace.sourceKind, containerUri(namespace.source, namespace.id)),
    iconPath: new vscode.ThemeIcon(readOnly ? 'lock' : 'database'),
    contextValue: context(node, state, pinned),
    accessibilityInformation: speak(label, vscode.l10n.t('namespace'), description, namespace.sourceKind),
  });
}

/** If an item also has a URI, VS Code takes `folder` from the file icon theme, and many themes draw no folder. */
const FOLDER: Record<SourceKind, string> = { local: 'folder', remote: 'symbol-folder' };

function groupItem(node: GroupNode, state: RowState): vscode.TreeItem {
  const { namespace } = node.namespace;
  return item(node, visibleText(node.label), Collapsed, {
    ...remoteUri(namespace.sourceKind, groupUri(node.namespace.ref, node.prefix)),
    iconPath: new vscode.ThemeIcon(node.atTop ? 'pinned' : FOLDER[namespace.sourceKind]),
    description: node.atTop ? vscode.l10n.t('pinned') : '',
    tooltip: visibleText(node.prefix),
    contextValue: context(node, state, state.isPinned({ ...node.namespace.ref, prefix: node.prefix })),
    accessibilityInformation: speak(visibleText(node.prefix), vscode.l10n.t('group of keys'), namespace.sourceKind),
  });
}

function keyItem(node: KeyNode, state: RowState): vscode.TreeItem {
  const { namespace } = node.namespace;
  const uri = valueUri(node.namespace.ref, node.key);
  const now = nowSeconds() + secondsAhead(clockOf(node.namespace.parent.source));
  const remaining = node.expiration === undefined ? '' : formatRemaining(node.expiration, now, state.lastMinute);
  return item(node, visibleText(node.label), None, {
    description: [remaining, node.hint].filter((part) => part !== '').join(' · '),
    resourceUri: uri,
    iconPath: hasFileIcon(node.key) ? vscode.ThemeIcon.File : new vscode.ThemeIcon('symbol-string'),
    contextValue: context(node, state, false),
    accessibilityInformation: speak(
      visibleText(node.key),
      vscode.l10n.t('key'),
      node.expiration === undefined
        ? ''
        : vscode.l10n.t('expires {0}', speakRemaining(node.expiration, now, state.lastMinute)),
      node.hint === '' ? '' : vscode.l10n.t('has metadata'),
      namespace.sourceKind,
    ),
  });
}

/** A file icon helps only if the key ends like a file name. */
const hasFileIcon = (key: string): boolean => /[^./:]\.[A-Za-z0-9]{1,10}$/.test(key);

function moreItem(node: MoreNode): vscode.TreeItem {
  const { level } = node.parent;
  const read = vscode.l10n.t('{0} read', countText(level.keysRead));
  const label = node.all ? vscode.l10n.t('Load All') : vscode.l10n.t('Load More');
  return item(node, label, None, {
    description: node.all ? '' : read,
    iconPath: new vscode.ThemeIcon(node.all ? 'fold-down' : 'ellipsis'),
    contextValue: 'more',
    command: { command: commandId(node.all ? 'loadAll' : 'loadMore'), title: label, arguments: [node] },
    accessibilityInformation: speak(label, read),
  });
}

function noteItem(node: NoteNode): vscode.TreeItem {
  const parent = node.parent;
  const actions: Record<NoteNode['note'], () => Partial<vscode.TreeItem>> = {
    empty: () => ({
      iconPath: new vscode.ThemeIcon('info'),
      description: vscode.l10n.t('New Key…'),
      command: { command: commandId('newKey'), title: vscode.l10n.t('New Key…'), arguments: [parent] },
    }),
    noNamespaces: () => ({ iconPath: new vscode.ThemeIcon('info') }),
    tooMany: () => ({
      iconPath: new vscode.ThemeIcon('info'),
      description: vscode.l10n.t('Filter by Prefix…'),
      tooltip: vscode.l10n.t(
        'A level shows {0} rows at most. Group keys or filter by a prefix to see the others.',
        countText(MOST_ROWS),
      ),
      command: { command: commandId('filterByPrefix'), title: vscode.l10n.t('Filter by Prefix…'), arguments: [parent] },
    }),
    error: () => ({
      iconPath: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
      description: vscode.l10n.t('Select to try again'),
      command: { command: commandId('refresh'), title: vscode.l10n.t('Try Again'), arguments: [parent] },
    }),
    elsewhere: () => {
      const { status } = parent.kind === 'source' ? parent.source : {};
      const folder = status?.folder ?? '';
      return {
        iconPath: new vscode.ThemeIcon('info'),
        description: vscode.l10n.t('Show {0}', vscode.workspace.asRelativePath(folder)),
        ...(status && { tooltip: elsewhereText(status) }),
        command: { command: useFolderCommand, title: vscode.l10n.t('Use That Folder'), arguments: [folder] },
      };
    },
    signedOut: () => ({
      iconPath: new vscode.ThemeIcon('sign-in', new vscode.ThemeColor('list.errorForeground')),
      description: vscode.l10n.t('Select to sign in'),
      command: { command: commandId('signIn'), title: vscode.l10n.t('Sign In…') },
    }),
  };
  const action = actions[node.note]();
  return item(node, node.message, None, {
    tooltip: node.message,
    contextValue: `note.${node.note}`,
    accessibilityInformation: speak(node.message, typeof action.description === 'string' ? action.description : ''),
    ...action,
  });
}
