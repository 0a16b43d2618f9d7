import { isUtf8 } from 'node:buffer';
import * as vscode from 'vscode';
import type { KvEntry } from '../../core/entry/entry.ts';
import { byteLength } from '../../core/entry/limits.ts';
import { mediaKindOfKey, sniffLanguage, sniffMedia } from '../../core/entry/valueKind.ts';
import { shortText } from '../../core/store/names.ts';
import { escapeMarkdown } from '../../core/text/escapeMarkdown.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { confirmRead, readOrUndefined } from './confirmRead.ts';
import { placeOf } from './findNamespace.ts';
import { key, name, optionalText, readInput } from './input.ts';
import { oneNamespace } from './listing.ts';
import { aboutKey, beginningOf, jsonResult, MAX_RESULT_BYTES } from './result.ts';
import type { Tool } from './tool.ts';

const readParameters = (input: unknown) => readInput(input, { namespace: name, source: optionalText, key });

export const getValue: Tool = {
  doing: () => vscode.l10n.t('Reading a value of Cloudflare KV'),

  async confirmation(input, services) {
    const parameters = readOrUndefined(() => readParameters(input));
    if (!parameters) return undefined;
    return await confirmRead(parameters, services, {
      title: vscode.l10n.t('Read a value of an account for the language model?'),
      text: (where) =>
        vscode.l10n.t(
          'The value and the metadata of “{0}” in {1} go to the provider of the model.',
          escapeMarkdown(shortText(parameters.key)),
          where,
        ),
    });
  },

  async invoke(input, services, signal) {
    const { key, ...wanted } = readParameters(input);
    const found = await oneNamespace(wanted, services, signal);
    const namespace = { source: found.source.id, id: found.namespace.id };
    const entry = await (await services.sources.store(namespace)).get(key, signal);
    const place = { ...placeOf(found), key };
    if (!entry) return jsonResult({ ...place, found: false });
    return valueResult(entry, { ...place, found: true, uri: valueUri(namespace, key).toString() });
  },
};

/** The value as it is, JSON as JSON and text as text; of a long one the beginning, of a binary one what it is. */
export function valueResult(entry: KvEntry, place: Readonly<Record<string, string | boolean>>): string {
  const { key, value } = entry;
  const isText = isUtf8(value) && !value.subarray(0, 512).includes(0);
  const isJson = isText && sniffLanguage(value) === 'json';
  const kind = isJson ? 'json' : isText ? 'text' : (sniffMedia(value) ?? mediaKindOfKey(key) ?? 'binary');
  const head = { ...place, kind, bytes: value.length };
  const about = aboutKey(entry);
  if (!isText) return jsonResult(head, about);
  if (value.length <= MAX_RESULT_BYTES) {
    const text = Buffer.from(value).toString('utf8');
    // A mark at its beginning is no part of JSON.
    const written = isJson ? text.replace(/^\uFEFF/, '') : JSON.stringify(text);
    const whole = jsonResult(head, { ...about, value: written });
    if (byteLength(whole) <= MAX_RESULT_BYTES) return whole;
  }
  const begun = new TextDecoder('utf-8', { ignoreBOM: true }).decode(value.subarray(0, MAX_RESULT_BYTES), {
    stream: true,
  });
  const cut = (beginning: string): string =>
    jsonResult(
      { ...head, cut: true, bytes_shown: byteLength(beginning) },
      { ...about, value: JSON.stringify(beginning) },
    );
  return cut(beginningOf(begun, MAX_RESULT_BYTES - byteLength(cut('')) - String(MAX_RESULT_BYTES).length));
}
