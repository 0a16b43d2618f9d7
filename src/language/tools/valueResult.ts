import { isUtf8 } from 'node:buffer';
import type { KvEntry } from '../../core/entry/entry.ts';
import { byteLength } from '../../core/entry/limits.ts';
import { mediaKindOfKey, sniffLanguage, sniffMedia } from '../../core/entry/valueKind.ts';
import { withoutMark } from '../../core/text/withoutMark.ts';
import { aboutKey, beginningOf, jsonResult, MAX_RESULT_BYTES } from './result.ts';

/** The value unchanged, JSON as JSON and text as text. A long value is cut, and a binary one is only described. */
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
    // A byte order mark is not part of JSON.
    const written = isJson ? withoutMark(text) : JSON.stringify(text);
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
