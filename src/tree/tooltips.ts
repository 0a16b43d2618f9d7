import * as vscode from 'vscode';
import { isKvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { nowSeconds } from '../core/entry/entry.ts';
import { formatInstant, formatRemaining } from '../core/entry/remaining.ts';
import { textDamage } from '../core/entry/textFidelity.ts';
import { describeKind } from '../core/entry/valueKind.ts';
import { byteSize, namespaceLabel, placeLabel } from '../core/store/names.ts';
import type { KvSource } from '../core/store/store.ts';
import { commandLink } from '../core/text/commandLink.ts';
import { escapeMarkdown } from '../core/text/escapeMarkdown.ts';
import { visibleText } from '../core/text/visibleText.ts';
import { valueUri } from '../fs/kvUri.ts';
import { type CommandName, commandId } from '../ids.ts';
import type { KeyNode, NamespaceNode } from './nodes.ts';

const PREVIEW_LINES = 10;
const PREVIEW_CHARACTERS = 1000;

/** What is known of a key: its value only where that costs nothing. */
type Known = Pick<KvEntry, 'metadata' | 'expiration'> & Partial<Pick<KvEntry, 'value'>>;

/** What a key's row tells when the pointer rests on it; `undefined` for a key that is not there any more. */
export function keyTooltip(node: KeyNode, source: KvSource, entry: Known | undefined): vscode.MarkdownString {
  const text = trusted(['openKey', 'editEntry', 'copyKeyName']);
  text.appendMarkdown(`${code(node.key)}\n\n`);
  const { namespace } = node.namespace;
  const where = `${visibleText(namespaceLabel(namespace))} (${placeLabel({ source, namespace })})`;
  if (!entry) {
    text.appendText(`${where} · ${vscode.l10n.t('gone: deleted or expired')}`);
    return text;
  }
  const { value } = entry;
  const kind = value && describeKind(node.key, value);
  text.appendText([where, ...(value && kind ? [byteSize(value.length), kind] : [])].join(' · '));
  if (entry.expiration !== undefined) {
    const remaining = formatRemaining(entry.expiration, nowSeconds());
    text.appendMarkdown('\n\n');
    text.appendText(vscode.l10n.t('Expires {0} ({1})', remaining, formatInstant(entry.expiration)));
  }
  if (entry.metadata !== undefined) {
    text.appendMarkdown(`\n\n${vscode.l10n.t('Metadata')}\n`);
    text.appendCodeblock(JSON.stringify(entry.metadata, undefined, 2), 'json');
  }
  if (value && value.length > 0 && textDamage(value) === undefined) {
    text.appendMarkdown(`\n\n${vscode.l10n.t('Value')}\n`);
    text.appendCodeblock(preview(value), kind === 'JSON' ? 'json' : '');
  } else text.appendMarkdown('\n\n');
  // As a document, not as an argument object: then whoever clicks is told when it fails.
  const target = valueUri(node.namespace.ref, node.key).toJSON();
  text.appendMarkdown(
    [
      link(vscode.l10n.t('Open'), 'openKey', target),
      link(vscode.l10n.t('Edit Metadata and Expiration'), 'editEntry', target),
      link(vscode.l10n.t('Copy Name'), 'copyKeyName', target),
    ].join(' · '),
  );
  return text;
}

/** Why a key's value could not be shown; the row itself stays as it is. */
export function failedTooltip(node: KeyNode, error: unknown): vscode.MarkdownString {
  const text = new vscode.MarkdownString(`${code(node.key)}\n\n`);
  text.appendText(isKvError(error) ? error.message : vscode.l10n.t('This value cannot be read.'));
  return text;
}

/** Id, bindings and environments of a namespace. */
export function namespaceTooltip(node: NamespaceNode, source: KvSource): vscode.MarkdownString {
  const { namespace } = node;
  const text = new vscode.MarkdownString();
  text.appendMarkdown(`**${escapeMarkdown(visibleText(namespaceLabel(namespace)))}** · `);
  text.appendText(placeLabel({ source, namespace }));
  const id = namespace.isIdUnknown ? vscode.l10n.t('ID unknown, its hash is') : vscode.l10n.t('ID');
  text.appendMarkdown(`\n\n${id} ${code(namespace.id)}`);
  for (const binding of namespace.bindings) {
    const environment = binding.environment === undefined ? '' : ` · ${binding.environment}`;
    text.appendMarkdown(`\n\n${code(binding.name)}`);
    text.appendText(`${environment} · ${vscode.workspace.asRelativePath(binding.config)} (${binding.field})`);
  }
  return text;
}

function trusted(commands: readonly CommandName[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = { enabledCommands: commands.map(commandId) };
  return text;
}

const link = (label: string, command: CommandName, argument: unknown): string =>
  commandLink(label, commandId(command), argument);

/** A name in code font: the fence is longer than every run of backticks in it. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${visibleText(text)} ${fence}`;
}

function preview(value: Uint8Array): string {
  const text = Buffer.from(value.subarray(0, PREVIEW_CHARACTERS * 4))
    .toString('utf8')
    .slice(0, PREVIEW_CHARACTERS);
  const lines = text.split(/\r?\n/);
  const shown = lines.slice(0, PREVIEW_LINES).join('\n');
  return shown.length < text.length || text.length === PREVIEW_CHARACTERS ? `${shown}\n…` : shown;
}
