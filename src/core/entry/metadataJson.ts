import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import { isTable } from '../base/table.ts';
import { withEscapedNames } from '../text/escapedNames.ts';
import { valuesAt } from '../text/jsonSource.ts';
import { type JsonValue, presentMetadata, type RawScalar } from './entry.ts';

declare global {
  // The part of "JSON.parse source text access" that TypeScript's own library does not know yet.
  interface JSON {
    rawJSON?(text: string): RawScalar;
    isRawJSON?(value: unknown): value is RawScalar;
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

/** Numbers that may be written otherwise than `JSON.stringify` writes them, where a value can stand. */
const SUSPECT = /(?:^|[:,[])[ \t\r\n]*(-0|-?(?:\d{16,}|\d+[.eE])[\d.eE+-]*)(?=[ \t\r\n]*(?:[,\]}]|$))/g;

/**
 * Parses JSON without a loss: a number that `JSON.stringify` would write otherwise than it stands in the text is a
 * {@link RawScalar}. Throws like `JSON.parse`, a `SyntaxError` for what is nested too deeply too, and a KvError of kind
 * `unsupported` where a number would have to be rounded.
 */
export function parseJson(text: string): JsonValue {
  const suspect = firstSuspect(text);
  if (suspect !== undefined && typeof JSON.rawJSON !== 'function') throw cannotKeep(suspect.source, suspect.offset);
  const parse = (json: string): unknown => (suspect === undefined ? JSON.parse(json) : JSON.parse(json, exact));
  try {
    // Whatever comes out of JSON is a JsonValue.
    return withEscapedNames(text, parse) as JsonValue;
  } catch (error) {
    throw error instanceof RangeError ? new SyntaxError(error.message, { cause: error }) : error;
  }
}

const exact = (_: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === 'number' && source !== undefined ? exactNumber(source) : value;

/** The number that stands in JSON as `source`. */
export function exactNumber(source: string): number | RawScalar {
  const number = Number(source);
  if (String(number) === source) return number;
  if (typeof JSON.rawJSON !== 'function') throw cannotKeep(source);
  return JSON.rawJSON(source);
}

export const isRawScalar = (value: unknown): value is RawScalar => JSON.isRawJSON?.(value) === true;

/** An object as JSON means it: a list is none, nor is a number that is kept by its digits. */
export const isJsonObject = (value: unknown): value is { readonly [name: string]: JsonValue } =>
  isTable(value) && !isRawScalar(value);

/** The text that it means; `undefined` for a number. */
export const rawText = ({ rawJSON }: RawScalar): string | undefined =>
  rawJSON.startsWith('"') ? JSON.parse(rawJSON) : undefined;

/** The value where it counts as a number and not by its digits. */
export const asPlain = <T>(value: T | RawScalar): T | number => (isRawScalar(value) ? Number(value.rawJSON) : value);

function firstSuspect(text: string): { readonly source: string; readonly offset: number } | undefined {
  for (const { 0: match, 1: source = '', index } of text.matchAll(SUSPECT)) {
    if (String(Number(source)) !== source) return { source, offset: index + match.length - source.length };
  }
  return undefined;
}

const cannotKeep = (source: string, offset = 0): KvError =>
  new KvError(
    'unsupported',
    l10n.t('The number {0} (character {1}) cannot be kept with all its digits by this editor.', source, offset + 1),
  );

/**
 * On the object itself, under a name that all bundles share: one that is loaded on first use has a copy of this module,
 * which would not find what another copy keeps.
 */
const TEXT = Symbol.for('cloudflareKv.metadataText');
/**
 * In bytes, as much as metadata may have. What is longer was spaced out, or spelled at length, by who passed it on, and
 * may well be metadata when it is written plainly.
 */
const MOST_KEPT = 1024;

const isKept = (text: string): boolean => Buffer.byteLength(text) <= MOST_KEPT;

/**
 * Metadata by the text that a backend gave, `undefined` for none: {@link metadataText} gives that text again, with its
 * order of names and its spelling. Throws like {@link parseJson}, and for what is nested more deeply than any metadata.
 */
export function parseMetadata(text: string): Exclude<JsonValue, null> | undefined {
  const metadata = parseJson(text);
  if (!isKept(text)) checkDepth(metadata, MOST_NESTED);
  return presentMetadata(withText(metadata, text));
}

/** As deep as SQLite, which makes the lists of local keys, takes JSON. */
const MOST_NESTED = 1000;

function checkDepth(value: JsonValue, most: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (most === 0) throw new SyntaxError('nested too deeply');
  for (const inner of Object.values(value)) checkDepth(inner, most - 1);
}

/**
 * JSON in which metadata stands at `path`, where `*` is any name or position: parsed like {@link parseJson}, the
 * metadata like {@link parseMetadata}.
 */
export function parseWithMetadata(text: string, path: readonly string[]): JsonValue {
  const json = parseJson(text);
  // Where all of it is spelled as JavaScript would, so is the metadata: much less work than to look for each.
  if (JSON.stringify(json) !== text) keepTexts(text, json, path);
  return json;
}

/** Lets the metadata at `path` of `json`, which was parsed from `text` and holds it, keep its text. */
export function keepTexts(text: string, json: unknown, path: readonly string[]): void {
  for (const { value, source, holder, name } of valuesAt(text, json, path)) {
    const kept = withText(value as JsonValue, source);
    if (kept !== value && holder) Reflect.set(holder, name, kept);
  }
}

function withText(metadata: JsonValue, text: string): JsonValue {
  if (typeof metadata === 'string' && isKept(text)) {
    // The white space around it is no part of any JSON that is raw.
    const source = text.trim();
    return JSON.stringify(metadata) === source ? metadata : (JSON.rawJSON?.(source) ?? metadata);
  }
  const isObject = typeof metadata === 'object' && metadata !== null && !isRawScalar(metadata);
  if (isObject && isKept(text) && JSON.stringify(metadata) !== text) {
    Object.defineProperty(metadata, TEXT, { value: text, configurable: true });
  }
  return metadata;
}

/** The JSON of metadata: the text that it came in, where it came from a backend. */
export function metadataText(metadata: JsonValue): string {
  const text: unknown = typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, TEXT) : undefined;
  return typeof text === 'string' ? text : JSON.stringify(metadata);
}

/** The same in one line. */
export const metadataLine = (metadata: JsonValue): string => metadataText(metadata).replace(/[\r\n]/g, ' ');

/** The JSON of an object whose members are JSON texts; `undefined` leaves one out. */
export function objectText(members: Readonly<Record<string, string | undefined>>): string {
  let text = '';
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${value}`;
  }
  return `{${text}}`;
}
