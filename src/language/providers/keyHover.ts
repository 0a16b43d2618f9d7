import { applyEdits, format } from 'jsonc-parser';
import * as vscode from 'vscode';
import { followToken, throwIfCancelled } from '../../core/base/cancel.ts';
import { isKvError } from '../../core/base/errors.ts';
import type { KvEntry } from '../../core/entry/entry.ts';
import { clockOf } from '../../core/entry/lifetimeClock.ts';
import { metadataLine } from '../../core/entry/metadataJson.ts';
import { formatInstant, formatRemaining } from '../../core/entry/remaining.ts';
import { describeKind } from '../../core/entry/valueKind.ts';
import { firstPage } from '../../core/store/firstPage.ts';
import { byteSize, keyCount } from '../../core/store/names.ts';
import { escapeMarkdown } from '../../core/text/escapeMarkdown.ts';
import { visibleText } from '../../core/text/visibleText.ts';
import { valueUri } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { appendValue, codeSpan, link, trustedMarkdown } from '../../ui/markdown.ts';
import type { BindingUse, KeyUse } from '../code/calls.ts';
import { keyAt } from '../code/keyPlaces.ts';
import type { CodeNamespace, CodeNamespaces } from './codeNamespaces.ts';
import { bindingAt, rangeOf } from './positions.ts';
import type { RemoteKeys } from './remoteKeys.ts';
import type { WorkerCode, WorkerDocuments } from './workerDocuments.ts';

const VALUE_LINES = 6;
const FIRST_KEYS = 8;
/** In bytes; of a longer value only the beginning is shown, unformatted. */
const LONGEST_FORMATTED = 10_000;
/** The most keys that one look counts. */
const COUNTED = 1000;

/** Shows what a key or a binding in Worker code leads to. */
export class KeyHover implements vscode.HoverProvider {
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

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    if (!this.#settings.codeHover) return undefined;
    const code = this.#documents.code(document);
    if (!code) return undefined;
    const offset = document.offsetAt(position);
    const followed = followToken(token);
    try {
      const use = keyAt(code.analysis, offset);
      if (use) return await this.#ofKey(document, code, use, followed.signal);
      const binding = bindingAt(code.analysis, offset);
      return binding && (await this.#ofBinding(document, code, binding, followed.signal));
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      throw error;
    } finally {
      followed.dispose();
    }
  }

  async #ofKey(
    document: vscode.TextDocument,
    { analysis, configs }: WorkerCode,
    use: KeyUse,
    signal: AbortSignal,
  ): Promise<vscode.Hover | undefined> {
    const text = analysis.constants.text(use.node);
    if (!text || (text.start === '' && !text.isWhole)) return undefined;
    const namespaces = await this.#namespaces.of(use.call.bindings, configs);
    const isPrefix = use.kind === 'prefix' || !text.isWhole;
    const parts = await Promise.all(
      namespaces.map((namespace) =>
        isPrefix ? this.#prefix(namespace, text.start, signal) : this.#key(namespace, text.start, signal),
      ),
    );
    const contents = parts.filter((part) => part !== undefined);
    return contents.length === 0 ? undefined : new vscode.Hover(contents, rangeOf(document, use));
  }

  async #key(namespace: CodeNamespace, key: string, signal: AbortSignal): Promise<vscode.MarkdownString | undefined> {
    const text = trustedMarkdown(['openKey', 'editEntry', 'compareKey']);
    this.#heading(text, namespace);
    const target = valueUri(namespace.ref, key).toJSON();
    const links = [
      link(vscode.l10n.t('Open'), 'openKey', target),
      link(vscode.l10n.t('Compare'), 'compareKey', target),
      link(vscode.l10n.t('Edit Metadata and Expiration'), 'editEntry', target),
    ];
    if (!namespace.isLocal && !this.#remote.isAsked) {
      const known = this.#remote.keys(namespace, key, 1).keys.find(({ name }) => name === key);
      if (known) this.#facts(text, known, namespace);
      text.appendMarkdown(`\n\n${links.join(' · ')}`);
      return text;
    }
    const read = await readInto(text, vscode.l10n.t('This value cannot be read.'), signal, async () =>
      namespace.isLocal
        ? await (await this.#namespaces.store(namespace)).get(key, signal)
        : await this.#remote.entry(namespace, key, signal),
    );
    if (!read) return text;
    const entry = read.value;
    if (!entry) {
      text.appendMarkdown('\n\n');
      text.appendText(vscode.l10n.t('There is no such key here.'));
      return text;
    }
    const kind = describeKind(key, entry.value);
    text.appendText(` · ${byteSize(entry.value.length)} · ${kind}`);
    this.#facts(text, entry, namespace);
    const isJson = kind === 'JSON';
    const value = isJson ? formatted(entry.value) : entry.value;
    if (!appendValue(text, value, isJson, VALUE_LINES)) text.appendMarkdown('\n\n');
    text.appendMarkdown(links.join(' · '));
    return text;
  }

  /** The first keys that begin like a template, a constant or an option. */
  async #prefix(
    namespace: CodeNamespace,
    prefix: string,
    signal: AbortSignal,
  ): Promise<vscode.MarkdownString | undefined> {
    const text = trustedMarkdown(['openKey', 'filterByPrefix']);
    this.#heading(text, namespace);
    const read = await readInto(text, vscode.l10n.t('The keys here cannot be read.'), signal, async () =>
      namespace.isLocal
        ? await firstPage(await this.#namespaces.store(namespace), { prefix, limit: FIRST_KEYS + 1 }, signal)
        : this.#remote.keys(namespace, prefix, FIRST_KEYS + 1),
    );
    if (!read) return text;
    const keys = read.value.keys.filter(({ name }) => name.startsWith(prefix));
    if (keys.length === 0) {
      // For an account it is unknown, because no request was sent.
      if (!namespace.isLocal) return undefined;
      text.appendMarkdown('\n\n');
      text.appendText(vscode.l10n.t('No keys begin with “{0}”', visibleText(prefix)));
      return text;
    }
    for (const { name } of keys.slice(0, FIRST_KEYS)) {
      const open = link(escapeMarkdown(visibleText(name)), 'openKey', valueUri(namespace.ref, name).toJSON());
      text.appendMarkdown(`\n\n${open}`);
    }
    if (keys.length > FIRST_KEYS) text.appendMarkdown('\n\n…');
    const show = vscode.l10n.t('Show in Cloudflare KV');
    text.appendMarkdown(`\n\n${link(show, 'filterByPrefix', { namespace: namespace.ref, prefix })}`);
    return text;
  }

  async #ofBinding(
    document: vscode.TextDocument,
    { configs }: WorkerCode,
    use: BindingUse,
    signal: AbortSignal,
  ): Promise<vscode.Hover | undefined> {
    const namespaces = await this.#namespaces.of([use.binding], configs);
    if (namespaces.length === 0) return undefined;
    const parts = await Promise.all(
      namespaces.map(async (namespace) => {
        const text = new vscode.MarkdownString();
        this.#heading(text, namespace);
        for (const environment of environmentsOf(namespace, use.binding)) text.appendText(` · ${environment}`);
        if (namespace.isLocal) {
          const read = await readInto(text, vscode.l10n.t('The keys here cannot be read.'), signal, () =>
            this.#count(namespace, signal),
          );
          if (read) text.appendText(` · ${read.value}`);
        }
        text.appendMarkdown(`\n\n${vscode.l10n.t('ID')} ${codeSpan(namespace.namespace.id)}`);
        return text;
      }),
    );
    return new vscode.Hover(parts, rangeOf(document, use));
  }

  async #count(namespace: CodeNamespace, signal: AbortSignal): Promise<string> {
    const { keys, cursor } = await firstPage(await this.#namespaces.store(namespace), { limit: COUNTED }, signal);
    return cursor === undefined ? keyCount(keys.length) : vscode.l10n.t('more than {0}', keyCount(COUNTED));
  }

  #heading(text: vscode.MarkdownString, namespace: CodeNamespace): void {
    const icon = namespace.isLocal ? '$(device-desktop)' : '$(cloud)';
    text.supportThemeIcons = true;
    text.appendMarkdown(`${icon} **${escapeMarkdown(namespace.bindings.join(', '))}** · `);
    text.appendText(this.#namespaces.describe(namespace));
  }

  #facts(
    text: vscode.MarkdownString,
    { expiration, metadata }: Pick<KvEntry, 'expiration' | 'metadata'>,
    { source }: CodeNamespace,
  ): void {
    if (expiration !== undefined) {
      text.appendMarkdown('\n\n');
      const remaining = formatRemaining(expiration, clockOf(source).now());
      text.appendText(vscode.l10n.t('Expires {0} ({1})', remaining, formatInstant(expiration)));
    }
    if (metadata !== undefined)
      text.appendMarkdown(`\n\n${vscode.l10n.t('Metadata')} ${codeSpan(metadataLine(metadata))}`);
  }
}

/** The environments in which a binding leads to a namespace; empty if its description already names them. */
function environmentsOf({ namespace: { bindings } }: CodeNamespace, binding: string): ReadonlySet<string> {
  const isOfDefault = bindings.some(({ environment }) => environment === undefined);
  const own = isOfDefault ? bindings.filter(({ name }) => name === binding) : [];
  return new Set(own.map(({ environment }) => environment ?? vscode.l10n.t('default environment')));
}

/**
 * Reads for one namespace's part of a hover. An error is shown in that part, with its own message or `otherwise`, and
 * does not affect the other parts.
 */
async function readInto<T>(
  text: vscode.MarkdownString,
  otherwise: string,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await read() };
  } catch (error) {
    throwIfCancelled(signal);
    text.appendMarkdown('\n\n');
    text.appendText(isKvError(error) ? error.message : otherwise);
    return undefined;
  }
}

/** Formats JSON that is on one line, without changing any digit. */
function formatted(value: Uint8Array): Uint8Array {
  if (value.length > LONGEST_FORMATTED || value.includes(0x0a)) return value;
  const text = Buffer.from(value).toString('utf8');
  return Buffer.from(applyEdits(text, format(text, undefined, { tabSize: 2, insertSpaces: true })));
}
