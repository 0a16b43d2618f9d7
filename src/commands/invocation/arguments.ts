import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { JsonValue } from '../../core/entry/entry.ts';
import { nowSeconds } from '../../core/entry/entry.ts';
import { parseExpiration } from '../../core/entry/expiration.ts';
import { checkKey, checkMetadata } from '../../core/entry/limits.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';

/*
 * Readers of argument objects. Each takes one field, checks it, and throws `invalidInput` with the field's name: the
 * caller is a keybinding, a task or another extension, and wants to know what to mend.
 */

export type Input = Readonly<Record<string, unknown>>;

const invalid = (field: string, expected: string): KvError =>
  new KvError('invalidInput', vscode.l10n.t('The argument “{0}” must be {1}.', field, expected));

/** A plain object: anything with a class of its own (a URI, a tree node) is not an argument object. */
export function isPlainObject(value: unknown): value is Input {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** An object whose fields are read in their turn. */
export function objectArg(input: Input, field: string, shape: string): Input {
  const value = input[field];
  if (!isPlainObject(value)) throw invalid(field, shape);
  return value;
}

export function namespaceArg(input: Input, field = 'namespace'): NamespaceRef {
  return namespaceOfValue(input[field], field);
}

/** Each of them once. */
export function namespacesArg(input: Input, field = 'namespaces'): readonly NamespaceRef[] {
  const values: unknown = input[field];
  if (!Array.isArray(values) || values.length === 0) throw invalid(field, '[{ source, id }]');
  const namespaces = values.map((value) => namespaceOfValue(value, field));
  return [...new Map(namespaces.map((one) => [`${one.source}/${one.id}`, one])).values()];
}

function namespaceOfValue(value: unknown, field: string): NamespaceRef {
  if (!isPlainObject(value) || typeof value.source !== 'string' || typeof value.id !== 'string' || value.id === '') {
    throw invalid(field, '{ source, id }');
  }
  return { source: value.source, id: value.id };
}

export function keyArg(input: Input, field = 'key'): string {
  const key = input[field];
  if (typeof key !== 'string') throw invalid(field, vscode.l10n.t('a key, as text'));
  checkKey(key);
  return key;
}

export function keysArg(input: Input, field = 'keys'): readonly string[] {
  const keys: unknown = input[field];
  if (!Array.isArray(keys) || !keys.every((key): key is string => typeof key === 'string')) {
    throw invalid(field, vscode.l10n.t('a list of keys'));
  }
  for (const key of keys) checkKey(key);
  return [...new Set(keys)];
}

export function textArg(input: Input, field: string): string {
  const value = input[field];
  if (typeof value !== 'string' || value === '') throw invalid(field, vscode.l10n.t('text'));
  return value;
}

export function optionalText(input: Input, field: string): string | undefined {
  const value = input[field];
  if (value !== undefined && typeof value !== 'string') throw invalid(field, vscode.l10n.t('text'));
  return value;
}

export function oneOfArg<T extends string>(input: Input, field: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === input[field]);
  if (choice === undefined) throw invalid(field, choices.map((one) => `"${one}"`).join(' | '));
  return choice;
}

export function optionalTexts(input: Input, field: string): readonly string[] | undefined {
  return input[field] === undefined ? undefined : textsArg(input, field);
}

export function textsArg(input: Input, field: string): readonly string[] {
  const texts: unknown = input[field];
  if (!Array.isArray(texts) || !texts.every((text): text is string => typeof text === 'string')) {
    throw invalid(field, vscode.l10n.t('a list of texts'));
  }
  return texts;
}

export function optionalFlag(input: Input, field: string): boolean | undefined {
  const value = input[field];
  if (value !== undefined && typeof value !== 'boolean') throw invalid(field, vscode.l10n.t('true or false'));
  return value;
}

/** Text (as UTF-8) or bytes; `undefined` when not given. */
export function optionalBytes(input: Input, field = 'value'): Uint8Array | undefined {
  const value = input[field];
  if (value === undefined) return undefined;
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  // How bytes look after they went through JSON, as arguments of keybindings and tasks do.
  if (isPlainObject(value) && value.type === 'Buffer' && Array.isArray(value.data) && value.data.every(isByte)) {
    return Uint8Array.from(value.data);
  }
  throw invalid(field, vscode.l10n.t('text or bytes'));
}

const isByte = (item: unknown): item is number => Number.isInteger(item) && Number(item) >= 0 && Number(item) <= 255;

/** A file: a Uri, a Uri's JSON, or a `file:` string. */
export function optionalFile(input: Input, field: string): vscode.Uri | undefined {
  const value = input[field];
  if (value === undefined) return undefined;
  const uri = toUri(value);
  if (!uri) throw invalid(field, vscode.l10n.t('a Uri or a “file:” address'));
  return uri;
}

/** The Uri that a Uri, its JSON or a `file:` text stands for; `undefined` for anything else. */
export function toUri(value: unknown): vscode.Uri | undefined {
  if (value instanceof vscode.Uri) return value;
  try {
    if (typeof value === 'string') {
      return /^file:/i.test(value) ? vscode.Uri.parse(value, true).with({ scheme: 'file' }) : undefined;
    }
    return isPlainObject(value) && isUriJson(value) ? vscode.Uri.from(value) : undefined;
  } catch {
    // Parts that make no address together.
    return undefined;
  }
}

const isUriJson = (value: Input): value is Input & Parameters<typeof vscode.Uri.from>[0] =>
  typeof value.scheme === 'string' &&
  ['authority', 'path', 'query', 'fragment'].every((part) => ['string', 'undefined'].includes(typeof value[part]));

export function fileArg(input: Input, field: string): vscode.Uri {
  const file = optionalFile(input, field);
  if (!file) throw invalid(field, vscode.l10n.t('a Uri or a “file:” address'));
  return file;
}

/** `undefined` when not given, `null` to clear. */
export function optionalMetadata(input: Input, key: string): JsonValue | undefined {
  const value = input.metadata;
  if (value === undefined) return undefined;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined;
  }
  if (text === undefined) throw invalid('metadata', vscode.l10n.t('a JSON value'));
  const metadata = JSON.parse(text) as JsonValue;
  checkMetadata(key, metadata);
  return metadata;
}

/** Unix seconds, `null` for none, `undefined` when neither `expiration` nor `expirationTtl` is given. */
export const optionalExpiration = (input: Input, key: string): number | null | undefined =>
  parseExpiration(key, { expiration: input.expiration, expirationTtl: input.expirationTtl }, nowSeconds());

export function expirationArg(input: Input, key: string): number | null {
  const expiration = optionalExpiration(input, key);
  if (expiration === undefined) throw invalid('expiration', vscode.l10n.t('a time, a TTL in “expirationTtl”, or null'));
  return expiration;
}
