import * as vscode from 'vscode';
import { isKvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { clockOf } from '../core/entry/lifetimeClock.ts';
import { formatInstant, formatRemaining } from '../core/entry/remaining.ts';
import { describeKind } from '../core/entry/valueKind.ts';
import { byteSize, namespaceLabel, placeLabel } from '../core/store/names.ts';
import type { KvSource } from '../core/store/store.ts';
import { escapeMarkdown } from '../core/text/escapeMarkdown.ts';
import { visibleText } from '../core/text/visibleText.ts';
import { valueUri } from '../fs/kvUri.ts';
import { appendValue, codeSpan, link, trustedMarkdown } from '../ui/markdown.ts';
import type { KeyNode, NamespaceNode } from './nodes.ts';

/** What is known about a key. The value is present only if reading it costs nothing. */
type Known = Pick<KvEntry, 'metadata' | 'expiration'> & Partial<Pick<KvEntry, 'value'>>;

/** The tooltip of a key's row. `entry` is `undefined` for a key that no longer exists. */
export function keyTooltip(node: KeyNode, source: KvSource, entry: Known | undefined): vscode.MarkdownString {
  const text = trustedMarkdown(['openKey', 'editEntry', 'copyKeyName']);
  text.appendMarkdown(`${codeSpan(node.key)}\n\n`);
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
    const remaining = formatRemaining(entry.expiration, clockOf(source).now());
    text.appendMarkdown('\n\n');
    text.appendText(vscode.l10n.t('Expires {0} ({1})', remaining, formatInstant(entry.expiration)));
  }
  if (entry.metadata !== undefined) {
    text.appendMarkdown(`\n\n${vscode.l10n.t('Metadata')}\n`);
    text.appendCodeblock(JSON.stringify(entry.metadata, undefined, 2), 'json');
  }
  if (!value || !appendValue(text, value, kind === 'JSON')) text.appendMarkdown('\n\n');
  // A URI, not an argument object: this way the user is told when the command fails.
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

/** Says why a key's value could not be shown. The row itself stays as it is. */
export function failedTooltip(node: KeyNode, error: unknown): vscode.MarkdownString {
  const text = new vscode.MarkdownString(`${codeSpan(node.key)}\n\n`);
  text.appendText(isKvError(error) ? error.message : vscode.l10n.t('This value cannot be read.'));
  return text;
}

/** Id, bindings and environments of a namespace, and why it is read-only if it is. */
export function namespaceTooltip(node: NamespaceNode, source: KvSource, readOnly?: string): vscode.MarkdownString {
  const { namespace } = node;
  const text = new vscode.MarkdownString();
  text.appendMarkdown(`**${escapeMarkdown(visibleText(namespaceLabel(namespace)))}** · `);
  text.appendText(placeLabel({ source, namespace }));
  if (readOnly !== undefined) {
    text.appendMarkdown('\n\n');
    text.appendText(readOnly);
  }
  const id = namespace.isIdUnknown ? vscode.l10n.t('ID unknown, its hash is') : vscode.l10n.t('ID');
  text.appendMarkdown(`\n\n${id} ${codeSpan(namespace.id)}`);
  for (const binding of namespace.bindings) {
    const environment = binding.environment === undefined ? '' : ` · ${binding.environment}`;
    text.appendMarkdown(`\n\n${codeSpan(binding.name)}`);
    text.appendText(`${environment} · ${vscode.workspace.asRelativePath(binding.config)} (${binding.field})`);
  }
  return text;
}
