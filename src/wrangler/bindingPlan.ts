import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';
import { isTable, type Table } from '../core/base/table.ts';
import { mustBeList, mustBeTable, placeName } from './bindings.ts';
import type { ConfigText } from './configText.ts';

/** A KV binding to add, or the id to add to an existing one. */
export interface BindingChange {
  /** The name by which a Worker knows it. */
  readonly binding: string;
  /**
   * Which field gets the id. If absent, the binding gets no id: locally its name identifies the namespace, and wrangler
   * creates a new one when it deploys.
   */
  readonly field?: 'id' | 'preview_id' | undefined;
  readonly id?: string | undefined;
  /** Absent for the top level. */
  readonly environment?: string | undefined;
}

/** What to write into a config, the same for TOML and JSON. */
export interface BindingPlan {
  /** `kv_namespaces`, at the top level or in an environment. */
  readonly list: readonly string[];
  /** The entry of the list that gets the fields; if absent, they form a new entry. */
  readonly index?: number;
  readonly fields: readonly PlannedField[];
}

export type PlannedField = readonly [name: string, value: string | boolean];

const NAME = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** Throws kind `invalidInput` for anything that must not be written into a config. */
export function checkChange({ binding, field, id, environment }: BindingChange): void {
  if (!NAME.test(binding)) {
    throw new KvError(
      'invalidInput',
      l10n.t('“{0}” cannot be the name of a binding: use letters, digits, “_” and “$”, and no digit first.', binding),
    );
  }
  if ((field === undefined) !== (id === undefined)) {
    throw new KvError(
      'invalidInput',
      l10n.t('The binding “{0}” needs a field and an id together, or neither.', binding),
    );
  }
  if (id !== undefined && !isText(id)) {
    throw new KvError('invalidInput', l10n.t('The id for the binding “{0}” must be text that is not empty.', binding));
  }
  if (environment !== undefined && !isText(environment)) {
    throw new KvError('invalidInput', l10n.t('The name of the environment must be text that is not empty.'));
  }
}

// A lone surrogate cannot be written as UTF-8.
const isText = (text: string): boolean => text !== '' && text.isWellFormed();

/**
 * What a checked change means for a config that is not broken; `undefined` if everything is there already. Throws kind
 * `conflict` if the binding has another id, and `invalidInput` if a value on the way is of the wrong type. `file` is
 * used in these messages.
 */
export function planBinding(text: ConfigText, change: BindingChange, file: string): BindingPlan | undefined {
  const { binding, field, id, environment } = change;
  const list = [...(environment === undefined ? [] : ['env', environment]), 'kv_namespaces'];
  const entry = [['binding', binding], ...idFields(change)] as const;
  const entries = listAt(text, list, file);
  const indexes = entries.flatMap((value, index) => (isTable(value) && value.binding === binding ? [index] : []));
  const [index] = indexes;
  if (index === undefined) return { list, fields: entry };
  const place = environment === undefined ? file : l10n.t('{0}, environment “{1}”', file, environment);
  if (indexes.length > 1) {
    throw new KvError(
      'conflict',
      l10n.t('{0} has the binding “{1}” more than once. Remove one of them first.', place, binding),
    );
  }
  const existing = entries[index];
  if (field === undefined || !isTable(existing)) return undefined;
  const present = existing[field];
  if (present === undefined) return { list, index, fields: idFields(change) };
  if (present === id) return undefined;
  throw new KvError(
    'conflict',
    l10n.t(
      '{0}: the binding “{1}” already has the {2} “{3}”. Remove it there first, or choose another name.',
      place,
      binding,
      field,
      String(present),
    ),
  );
}

/**
 * The plan that gives an environment a binding of the top level too; `undefined` if it already has one of that name.
 * Throws as {@link planBinding} does, and kind `unsupported` for an entry that contains anything other than names, ids
 * and switches.
 */
export function planCopy(
  text: ConfigText,
  { environment, binding }: { readonly environment: string; readonly binding: string },
  file: string,
): BindingPlan | undefined {
  const list = ['env', environment, 'kv_namespaces'];
  const isIt = (entry: unknown): entry is Table => isTable(entry) && entry.binding === binding;
  if (listAt(text, list, file).some(isIt)) return undefined;
  const entry = listAt(text, ['kv_namespaces'], file).find(isIt);
  if (entry === undefined) {
    throw new KvError('notFound', l10n.t('{0} has no binding “{1}” at its top level any more.', file, binding));
  }
  const fields = Object.entries(entry);
  if (!fields.every(isPlanned)) {
    throw new KvError('unsupported', l10n.t('The binding “{0}” cannot be copied: copy it by hand.', binding));
  }
  return { list, fields };
}

const isPlanned = (field: readonly [string, unknown]): field is [string, string | boolean] =>
  typeof field[1] === 'string' || typeof field[1] === 'boolean';

const idFields = ({ field, id }: BindingChange): [string, string][] =>
  field === undefined || id === undefined ? [] : [[field, id]];

/** Says what is wrong with a config, and that it was left alone. */
export const brokenConfig = (file: string, message: string, line: number | undefined): KvError =>
  new KvError(
    'invalidInput',
    line === undefined
      ? l10n.t('{0} was not changed: {1}', file, message)
      : l10n.t('{0} was not changed, line {1}: {2}', file, line, message),
  );

/** The list at a place; empty if it is missing. */
function listAt(text: ConfigText, path: readonly string[], file: string): readonly unknown[] {
  let { value } = text;
  for (const [depth, step] of path.entries()) {
    const place = path.slice(0, depth);
    if (!isTable(value)) {
      const message = depth === 0 ? l10n.t('The config must be an object: { … }.') : mustBeTable(placeName(place));
      throw brokenConfig(file, message, text.line(place));
    }
    value = ownValue(value, step);
    if (value === undefined) return [];
  }
  if (!Array.isArray(value)) throw brokenConfig(file, mustBeList(placeName(path)), text.line(path));
  return value;
}

/** Carries out a plan on a parsed value of its own, which it changes: an edited text must read as the result. */
export function applyPlan(config: unknown, { list, index, fields }: BindingPlan): unknown {
  // The tables of one parser have a prototype, those of the other have none.
  const newTable = (): Record<string, unknown> => Object.create(Object.getPrototypeOf(config));
  let table = config;
  for (const step of list.slice(0, -1)) {
    if (!isTable(table)) return undefined;
    const next = ownValue(table, step) ?? newTable();
    define(table, step, next);
    table = next;
  }
  const last = list.at(-1);
  if (!isTable(table) || last === undefined) return undefined;
  const present = ownValue(table, last);
  const entries: unknown[] = Array.isArray(present) ? present : [];
  define(table, last, entries);
  const entry = index === undefined ? newTable() : entries[index];
  if (!isTable(entry)) return undefined;
  for (const [name, field] of fields) define(entry, name, field);
  if (index === undefined) entries.push(entry);
  return config;
}

// An environment may have any name, even `__proto__` or `constructor`.
const ownValue = (table: Table, name: string): unknown => (Object.hasOwn(table, name) ? table[name] : undefined);
const define = (table: Table, name: string, value: unknown): void => {
  Object.defineProperty(table, name, { value, writable: true, enumerable: true, configurable: true });
};
