import * as vscode from 'vscode';
import { type NamespaceRef, namespaceKey } from '../core/store/namespaceRef.ts';
import { isAffected, type Protection, type ProtectionChange } from '../core/store/protection.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import { valueScheme } from '../ids.ts';
import type { KvFileSystem } from './kvFileSystem.ts';
import { keyOf } from './kvUri.ts';

export interface ReadOnlyNoticesHost {
  readonly sources: Pick<SourceRegistry, 'readOnlyReason'>;
  readonly values: Pick<KvFileSystem, 'readOnlyReason' | 'documents'>;
  readonly protection: Pick<Protection, 'protectorOf'>;
  /** Offers to download a value that an editor would damage. */
  readonly download: (uri: vscode.Uri) => void;
  /** Makes a namespace writable again. */
  readonly allowWriting: (namespace: NamespaceRef) => void;
}

/**
 * Says why a value opens read-only: once for each value that an editor would damage, and once for each read-only
 * namespace.
 */
export class ReadOnlyNotices {
  readonly #host: ReadOnlyNoticesHost;
  /** Namespaces for which it was explained. */
  readonly #explained = new Map<string, NamespaceRef>();

  constructor(host: ReadOnlyNoticesHost) {
    this.#host = host;
  }

  /** Call this for a document that came into view. */
  shown(uri: vscode.Uri): void {
    const { sources, values, protection, allowWriting, download } = this.#host;
    const reason = values.readOnlyReason(uri);
    const location = keyOf(uri);
    if (uri.scheme !== valueScheme || !reason || !location) return;
    const { namespace, key } = location;
    const document = values.documents.obtain(uri.toString());
    const isSwitched = reason === sources.readOnlyReason(namespace);
    if (isSwitched ? this.#explained.has(namespaceKey(namespace)) : document.isExplained) return;
    if (isSwitched) this.#explained.set(namespaceKey(namespace), namespace);
    else document.isExplained = true;
    const text = isSwitched
      ? vscode.l10n.t('“{0}” opens read-only. {1}', key, reason)
      : vscode.l10n.t('“{0}” opens read-only: {1}', key, reason);
    const allow = vscode.l10n.t('Allow Writing');
    const save = vscode.l10n.t('Download…');
    // No button can override the workspace's setting.
    const canAllow = protection.protectorOf(namespace) !== 'workspace';
    const buttons = isSwitched ? (canAllow ? [allow] : []) : [save];
    void vscode.window.showInformationMessage(withoutLinks(text), ...buttons).then((answer) => {
      if (answer === allow) allowWriting(namespace);
      if (answer === save) download(uri);
    });
  }

  /** Explains it again if a namespace becomes read-only again later. */
  protectionChanged(change: ProtectionChange): void {
    for (const [name, namespace] of this.#explained) if (isAffected(namespace, change)) this.#explained.delete(name);
  }
}
