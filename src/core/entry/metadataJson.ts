import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import { isTable } from '../base/table.ts';
import { withEscapedNames } from '../text/escapedNames.ts';
import { valuesAt } from '../text/jsonSource.ts';
import { type JsonValue, presentMetadata, type RawScalar } from './entry.ts';

declare global {
  // The part of the "JSON.parse source text access" proposal that TypeScript's own library does not declare yet.
  interface JSON {
    rawJSON?(text: string): RawScalar;
    isRawJSON?(value: unknown): value is RawScalar;
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

/** Matches numbers, in places where a value can stand, that `JSON.stringify` might write differently. */
const SUSPECT = /(?:^|[:,[])[ \t\r\n]*(-0|-?(?:\d{16,}|\d+[.eE])[\d.eE+-]*)(?=[ \t\r\n]*(?:[,\]}]|$))/g;

/**
 * Parses JSON without loss: a number that `JSON.stringify` would write differently becomes a {@link RawScalar}. Throws
 * like `JSON.parse`, and also a `SyntaxError` if the nesting is too deep, and a KvError of kind `unsupported` if a
 * number would have to be rounded.
 */
export function parseJson(text: string): JsonValue {
  const suspect = firstSuspect(text);
  if (suspect !== undefined && typeof JSON.rawJSON !== 'function') throw cannotKeep(suspect.source, suspect.offset);
  const parse = (json: string): unknown => (suspect === undefined ? JSON.parse(json) : JSON.parse(json, exact));
  try {
    // Parsed JSON is always a JsonValue.
    return withEscapedNames(text, parse) as JsonValue;
  } catch (error) {
    throw error instanceof RangeError ? new SyntaxError(error.message, { cause: error }) : error;
  }
}

const exact = (_: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === 'number' && source !== undefined ? exactNumber(source) : value;

/** A JSON number with the source text `source`, without loss. */
export function exactNumber(source: string): number | RawScalar {
  const number = Number(source);
  if (String(number) === source) return number;
  if (typeof JSON.rawJSON !== 'function') throw cannotKeep(source);
  return JSON.rawJSON(source);
}

export const isRawScalar = (value: unknown): value is RawScalar => JSON.isRawJSON?.(value) === true;

/** Whether a value is a JSON object: not an array, and not a number kept by its digits. */
export const isJsonObject = (value: unknown): value is { readonly [name: string]: JsonValue } =>
  isTable(value) && !isRawScalar(value);

/** The string that it stands for; `undefined` if it is a number. */
export const rawText = ({ rawJSON }: RawScalar): string | undefined =>
  rawJSON.startsWith('"') ? JSON.parse(rawJSON) : undefined;

/** The plain number if the value is a {@link RawScalar}, else the value itself. */
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
 * The text is stored on the object itself, under a symbol that all bundles share. A lazily loaded bundle has its own
 * copy of this module, which could not see a map kept in another copy.
 */
const TEXT = Symbol.for('cloudflareKv.metadataText');
/**
 * The size limit of metadata, in bytes. A longer text was expanded by whoever passed it on (by white space or escapes),
 * and may still be valid metadata when written plainly.
 */
const MOST_KEPT = 1024;

const isKept = (text: string): boolean => Buffer.byteLength(text) <= MOST_KEPT;

/**
 * Parses metadata from a backend; `undefined` for none. {@link metadataText} returns the original text again, with its
 * order of names and its spelling. Throws like {@link parseJson}, and if the nesting is deeper than any metadata's.
 */
export function parseMetadata(text: string): Exclude<JsonValue, null> | undefined {
  const metadata = parseJson(text);
  if (!isKept(text)) checkDepth(metadata, MOST_NESTED);
  return presentMetadata(withText(metadata, text));
}

/** The nesting limit of SQLite's JSON functions, which produce the listings of local keys. */
const MOST_NESTED = 1000;

function checkDepth(value: JsonValue, most: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (most === 0) throw new SyntaxError('nested too deeply');
  for (const inner of Object.values(value)) checkDepth(inner, most - 1);
}

/**
 * Parses JSON with metadata at `path`, where `*` stands for any name or position. The metadata is parsed like {@link
 * parseMetadata}, the rest like {@link parseJson}.
 */
export function parseWithMetadata(text: string, path: readonly string[]): JsonValue {
  const json = parseJson(text);
  // If the whole text is spelled as JavaScript would, so is the metadata. That saves looking at each.
  if (JSON.stringify(json) !== text) keepTexts(text, json, path);
  return json;
}

/** Attaches the original text to the metadata at `path` of `json`, which must have been parsed from `text`. */
export function keepTexts(text: string, json: unknown, path: readonly string[]): void {
  for (const { value, source, holder, name } of valuesAt(text, json, path)) {
    const kept = withText(value as JsonValue, source);
    if (kept !== value && holder) Reflect.set(holder, name, kept);
  }
}

function withText(metadata: JsonValue, text: string): JsonValue {
  if (typeof metadata === 'string' && isKept(text)) {
    // Raw JSON must not have white space around it.
    const source = text.trim();
    return JSON.stringify(metadata) === source ? metadata : (JSON.rawJSON?.(source) ?? metadata);
  }
  const isObject = typeof metadata === 'object' && metadata !== null && !isRawScalar(metadata);
  if (isObject && isKept(text) && JSON.stringify(metadata) !== text) {
    Object.defineProperty(metadata, TEXT, { value: text, configurable: true });
  }
  return metadata;
}

/** Metadata as JSON: the original text if it came from a backend. */
export function metadataText(metadata: JsonValue): string {
  const text: unknown = typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, TEXT) : undefined;
  return typeof text === 'string' ? text : JSON.stringify(metadata);
}

/** Like {@link metadataText}, but on one line. */
export const metadataLine = (metadata: JsonValue): string => metadataText(metadata).replace(/[\r\n]/g, ' ');

/** The JSON of an object whose members are given as JSON texts. Members that are `undefined` are left out. */
export function objectText(members: Readonly<Record<string, string | undefined>>): string {
  let text = '';
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${value}`;
  }
  return `{${text}}`;
}
