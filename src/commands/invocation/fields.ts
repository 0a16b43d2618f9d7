import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { JsonValue } from '../../core/entry/entry.ts';
import { parseExpiration } from '../../core/entry/expiration.ts';
import { checkKey, checkMetadata } from '../../core/entry/limits.ts';
import { parseJson } from '../../core/entry/metadataJson.ts';
import { textBytes } from '../../core/entry/textFidelity.ts';
import { type NamespaceRef, namespaceKey } from '../../core/store/namespaceRef.ts';
import { isOurs } from '../../fs/kvUri.ts';
import { placeOfNoJson } from './placeOfNoJson.ts';
import type { Selected } from './resolve.ts';

/*
 * The fields of argument objects. A command lists its own with {@link fields}. Any other field, and any empty or
 * invalid value, is refused by name: the caller is a keybinding, a task or another extension and needs to know what to
 * fix. An empty field is refused because it may be a variable that was never filled: it never means "all".
 */

export type Input = Readonly<Record<string, unknown>>;

/** One field of an argument object. */
export interface Field<T> {
  /** Converts a given value. Throws `invalidInput` with the name of the field. */
  read(value: unknown, name: string): T;
  readonly isOptional: boolean;
}

type Shape = Readonly<Record<string, Field<unknown>>>;

/** The values of an argument object's fields; `undefined` for optional ones that were not given. */
export type Given<S extends Shape> = { readonly [Name in keyof S]: S[Name] extends Field<infer T> ? T : never };

/** The argument object of a command. */
export interface Fields<A> {
  readonly shape: Shape;
  /** Throws `invalidInput`. */
  read(input: Input): A;
}

/**
 * Accepts exactly these fields. `make` converts them to what the command works with, and checks what depends on several
 * fields.
 */
export function fields<S extends Shape>(shape: S): Fields<Given<S>>;
export function fields<S extends Shape, A>(shape: S, make: (given: Given<S>) => A): Fields<A>;
export function fields<S extends Shape>(shape: S, make?: (given: Given<S>) => unknown): Fields<unknown> {
  return {
    shape,
    read(input) {
      const given = readFields(shape, input);
      return make ? make(given) : given;
    },
  };
}

/** For a command without fields. */
export const noFields: Fields<object> = fields({});

function readFields<S extends Shape>(shape: S, input: Input, place = ''): Given<S> {
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(shape, name)) throw unknownField(`${place}${name}`, Object.keys(shape));
  }
  const read = Object.entries(shape).map(([name, field]) => {
    const value = input[name];
    return [name, value === undefined && field.isOptional ? undefined : field.read(value, `${place}${name}`)];
  });
  return Object.fromEntries(read) as Given<S>;
}

const unknownField = (name: string, known: readonly string[]): KvError =>
  new KvError(
    'invalidInput',
    known.length === 0
      ? vscode.l10n.t('There is no argument “{0}”: this command takes none.', name)
      : vscode.l10n.t('There is no argument “{0}”: this command takes {1}.', name, known.join(', ')),
  );

const invalid = (name: string, expected: string): KvError =>
  new KvError('invalidInput', vscode.l10n.t('The argument “{0}” must be {1}.', name, expected));

/** Throws `invalidInput` unless exactly one of two fields was given. */
export function checkEither(given: Input, one: string, other: string): void {
  if ((given[one] === undefined) !== (given[other] === undefined)) return;
  throw new KvError('invalidInput', vscode.l10n.t('Give either “{0}” or “{1}”.', one, other));
}

/** Throws `invalidInput` if both of two fields were given. */
function checkNotBoth(given: Input, one: string, other: string): void {
  if (given[one] !== undefined && given[other] !== undefined) checkEither(given, one, other);
}

/** Whether this is a plain object. An instance of a class (a URI, a tree node) is not an argument object. */
export function isPlainObject(value: unknown): value is Input {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const field = <T>(read: Field<T>['read']): Field<T> => ({ read, isOptional: false });

/** Makes a field optional. */
export const optional = <T>({ read }: Field<T>): Field<T | undefined> => ({ read, isOptional: true });

/** `{ source, id }`. */
export const namespaceField = field((value, name): NamespaceRef => {
  if (!isPlainObject(value)) throw invalid(name, '{ source, id }');
  const { source, id } = value;
  if (typeof source !== 'string' || source === '' || typeof id !== 'string' || id === '') {
    throw invalid(name, '{ source, id }');
  }
  for (const more of Object.keys(value)) {
    // Namespaces as the API lists them can be passed unchanged.
    if (!NAMESPACE_FIELDS.has(more)) throw unknownField(`${name}.${more}`, ['source', 'id']);
  }
  return { source, id };
});

const NAMESPACE_FIELDS: ReadonlySet<string> = new Set(['source', 'id', 'sourceKind', 'title', 'bindings']);

/** Without duplicates. */
export const namespacesField = field((value, name): readonly NamespaceRef[] => {
  if (!Array.isArray(value) || value.length === 0) throw invalid(name, '[{ source, id }]');
  const namespaces = value.map((one) => namespaceField.read(one, name));
  return [...new Map(namespaces.map((one) => [namespaceKey(one), one])).values()];
});

export const keyField = field((value, name): string => {
  if (typeof value !== 'string') throw invalid(name, vscode.l10n.t('a key, as text'));
  checkKey(value);
  return value;
});

/** Without duplicates. */
export const keysField = field((value, name): readonly string[] => {
  if (!isTexts(value) || value.length === 0) throw invalid(name, vscode.l10n.t('a list of keys'));
  for (const key of value) checkKey(key);
  return [...new Set(value)];
});

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string');

/** Never empty. */
export const textField = field((value, name): string => {
  if (typeof value !== 'string') throw invalid(name, vscode.l10n.t('text'));
  if (value === '') throw invalid(name, vscode.l10n.t('text that is not empty; leave it out otherwise'));
  return value;
});

/** Never blank. (A key may be.) */
export const titleField = field((value, name): string => {
  const title = textField.read(value, name);
  if (title.trim() === '') throw invalid(name, vscode.l10n.t('a title that is not blank'));
  return title;
});

/** May be empty. */
export const textsField = field((value, name): readonly string[] => {
  if (!isTexts(value) || value.includes('')) throw invalid(name, vscode.l10n.t('a list of texts'));
  return value;
});

export const oneOf = <T extends string | number>(choices: readonly T[]): Field<T> =>
  field((value, name) => {
    const choice = choices.find((one) => one === value);
    if (choice === undefined) throw invalid(name, choices.map((one) => JSON.stringify(one)).join(' | '));
    return choice;
  });

export const flagField = field((value, name): boolean => {
  if (typeof value !== 'boolean') throw invalid(name, vscode.l10n.t('true or false'));
  return value;
});

/** Text (as UTF-8) or bytes. May be empty, like a value. */
export const bytesField = field((value, name): Uint8Array => {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw invalid(name, vscode.l10n.t('valid Unicode text'));
    return textBytes(value);
  }
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  // Bytes after a round trip through JSON, as in the arguments of keybindings and tasks.
  if (isPlainObject(value) && value.type === 'Buffer' && Array.isArray(value.data) && value.data.every(isByte)) {
    return Uint8Array.from(value.data);
  }
  throw invalid(name, vscode.l10n.t('text or bytes'));
});

const isByte = (item: unknown): item is number => Number.isInteger(item) && Number(item) >= 0 && Number(item) <= 255;

/** A file: a Uri, its JSON, or a `file:` URI as text. */
export const fileField = field((value, name): vscode.Uri => {
  const uri = toUri(value);
  if (!uri) throw invalid(name, vscode.l10n.t('a Uri or a “file:” address'));
  return uri;
});

/** A document of ours: a Uri, its JSON, or its text. */
export const documentField = field((value, name): vscode.Uri => {
  const uri = (typeof value === 'string' ? ownUri(value) : undefined) ?? toUri(value);
  if (!uri) throw invalid(name, vscode.l10n.t('the Uri of a value, or its text'));
  return uri;
});

function ownUri(text: string): vscode.Uri | undefined {
  try {
    const uri = vscode.Uri.parse(text, true);
    return isOurs(uri) ? uri : undefined;
  } catch {
    return undefined;
  }
}

/** One file or a list of files, without duplicates. */
export const filesField = field((value, name): readonly vscode.Uri[] => {
  if (Array.isArray(value) && value.length === 0) throw invalid(name, vscode.l10n.t('a Uri or a “file:” address'));
  const files = (Array.isArray(value) ? value : [value]).map((one) => fileField.read(one, name));
  return [...new Map(files.map((uri) => [uri.toString(), uri])).values()];
});

/** The Uri for a Uri, its JSON or a `file:` URI as text; `undefined` for anything else. */
export function toUri(value: unknown): vscode.Uri | undefined {
  if (value instanceof vscode.Uri) return value;
  try {
    if (typeof value === 'string') {
      return /^file:/i.test(value) ? vscode.Uri.parse(value, true).with({ scheme: 'file' }) : undefined;
    }
    return isPlainObject(value) && isUriJson(value) ? vscode.Uri.from(value) : undefined;
  } catch {
    // The parts do not form a valid URI.
    return undefined;
  }
}

const isUriJson = (value: Input): value is Input & Parameters<typeof vscode.Uri.from>[0] =>
  typeof value.scheme === 'string' &&
  ['authority', 'path', 'query', 'fragment'].every((part) => ['string', 'undefined'].includes(typeof value[part]));

/** An object with fields of its own. */
export const objectOf = <S extends Shape, A>(shape: S, make: (given: Given<S>) => A): Field<A> =>
  field((value, name) => {
    if (!isPlainObject(value)) throw invalid(name, `{ ${Object.keys(shape).join(', ')} }`);
    return make(readFields(shape, value, `${name}.`));
  });

/** `null` removes the metadata. */
const metadataField = field((value, name): JsonValue => {
  const place = placeOfNoJson(value, name);
  if (place !== undefined) throw invalid(place, vscode.l10n.t('a JSON value'));
  return parseJson(JSON.stringify(value));
});

/** Not checked here, because the check needs the key: {@link expirationOf} reads both. */
const timeField = field((value): unknown => value);

/** Fields that give an expiration in either way. {@link expirationOf} reads them. */
export const expirationFields = { expiration: optional(timeField), expirationTtl: optional(timeField) };

interface GivenExpiration {
  readonly expiration: unknown;
  readonly expirationTtl: unknown;
}

/** Fields for metadata and expiration. {@link extrasOf} reads them. */
export const extraFields = { metadata: optional(metadataField), ...expirationFields };

/**
 * Gives Unix seconds, once the current time by the namespace's clock is known. Throws `invalidInput` if it is too soon.
 */
export type ExpirationAt<T = number | null> = (now: number) => T;

/** What an entry has besides its value: `undefined` if not given, `null` for none. */
export interface Extras {
  readonly metadata: JsonValue | undefined;
  readonly expirationAt: ExpirationAt<number | null | undefined>;
}

/** Throws `invalidInput`. */
export function extrasOf(given: { readonly metadata: JsonValue | undefined } & GivenExpiration, key: string): Extras {
  if (given.metadata !== undefined) checkMetadata(key, given.metadata);
  return { metadata: given.metadata, expirationAt: optionalExpiration(given, key) };
}

function optionalExpiration(given: GivenExpiration, key: string): Extras['expirationAt'] {
  const { expiration, expirationTtl } = given;
  const at = (now: number) => parseExpiration(key, { expiration, expirationTtl }, now);
  // Throws now for whatever is wrong at any time.
  at(Number.NEGATIVE_INFINITY);
  return at;
}

/** `null` for none. Throws `invalidInput` if neither field was given. */
export function expirationOf(given: GivenExpiration, key: string): ExpirationAt {
  const at = optionalExpiration(given, key);
  const isGiven = given.expiration !== undefined || given.expirationTtl !== undefined;
  if (isGiven) return (now) => at(now) ?? null;
  throw invalid('expiration', vscode.l10n.t('a time, a TTL in “expirationTtl”, or null'));
}

/** A namespace with `keys` or `prefix`, for commands that may be about every key. {@link selectedOf} reads them. */
export const selectionFields = {
  namespace: namespaceField,
  keys: optional(keysField),
  prefix: optional(textField),
};

/** Every key if neither is given. Throws `invalidInput` if both are. */
export function selectedOf(given: Given<typeof selectionFields>): Selected {
  checkNotBoth(given, 'keys', 'prefix');
  const { namespace, keys, prefix = '' } = given;
  return { namespace, selection: keys ? { keys, prefixes: [] } : { keys: [], prefixes: [prefix] } };
}

/** For a command of the whole view. It accepts the same object as commands of a single row. */
export const viewFields: Fields<object> = fields({ namespace: optional(namespaceField), prefix: optional(textField) });
