import { extname } from 'node:path';
import { isTable, type Table } from '../core/base/table.ts';
import type { ConfigProblem } from './config.ts';
import type { ConfigPath, ConfigText, Place, Span } from './configText.ts';
import { readJsonc } from './jsoncText.ts';
import { readToml } from './tomlText.ts';

type Parsers = typeof import('./parsers.lazy.ts');

/** A text field and the place of its value, quotes included. */
export interface OutlineField {
  readonly text: string;
  readonly span: Span;
}

/** One entry of a list of KV bindings, even if incomplete. */
export interface OutlineEntry {
  readonly path: ConfigPath;
  readonly span: Span;
  readonly binding?: OutlineField;
  readonly id?: OutlineField;
  readonly previewId?: OutlineField;
  readonly remote: boolean;
  /** A part of it may be missing because the text is broken. */
  readonly isDamaged: boolean;
  readonly value: Table;
}

/** The top level, or an environment that is a table. */
export interface OutlineTable {
  /** Absent for the top level. */
  readonly environment?: string;
  /** Where the environment is named, in a header or a property. */
  readonly name?: Span;
  readonly entries: readonly OutlineEntry[];
  readonly accountId?: OutlineField;
  /** An entry or the list has the wrong type, so it is unknown what is missing. */
  readonly isOdd: boolean;
}

/** The KV bindings of a config and their places in its text. */
export interface ConfigOutline {
  /** The first place at which the text is broken; the outline may then be incomplete. */
  readonly problem?: ConfigProblem;
  /** The top level first. */
  readonly tables: readonly OutlineTable[];
  /** A list of bindings, an environment or all environments have a type that wrangler does not accept. */
  readonly isOdd?: true;
}

/** Reads as much of a text as possible; `path` decides between TOML and JSON. Never throws. */
export function readOutline(path: string, text: string, parsers: Parsers): ConfigOutline {
  let config: ConfigText;
  try {
    config = readConfigText(path, text, parsers);
  } catch {
    // It is nested too deeply for its parser.
    return { problem: { message: '' }, tables: [] };
  }
  const root = isTable(config.value) ? config.value : {};
  const environments = isTable(root.env) ? Object.entries(root.env) : [];
  const tables = [
    tableAt(config, root, []),
    ...environments.flatMap(([name, table]) =>
      isTable(table) ? { ...tableAt(config, table, ['env', name]), environment: name } : [],
    ),
  ];
  const isOdd =
    !isTable(config.value) ||
    (root.env !== undefined && !isTable(root.env)) ||
    tables.length <= environments.length ||
    tables.some((table) => table.isOdd);
  return { ...(config.problem && { problem: config.problem }), tables, ...(isOdd && { isOdd }) };
}

/** The same for TOML and JSON; `path` decides between them. */
export const readConfigText = (path: string, text: string, parsers: Parsers): ConfigText =>
  extname(path) === '.toml' ? readToml(text, parsers) : readJsonc(text, parsers);

function tableAt(config: ConfigText, table: Table, path: ConfigPath): OutlineTable {
  const list = table.kv_namespaces;
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  const entries = items.flatMap((item, index) => entryAt(config, item, [...path, 'kv_namespaces', index]));
  const name = config.place(path)?.key;
  const isOdd = (list !== undefined && !Array.isArray(list)) || entries.length < items.length;
  const accountId = fieldAt(config, table, path, 'account_id');
  return { ...(path.length > 0 && name && { name }), entries, ...(accountId && { accountId }), isOdd };
}

function entryAt(config: ConfigText, value: unknown, path: ConfigPath): OutlineEntry | readonly [] {
  const span = config.place(path)?.value;
  if (!isTable(value) || span === undefined) return [];
  const field = (name: string): OutlineField | undefined => fieldAt(config, value, path, name);
  const [binding, id, previewId] = [field('binding'), field('id'), field('preview_id')];
  return {
    path,
    span,
    value,
    remote: value.remote === true,
    isDamaged: config.damaged(path),
    ...(binding && { binding }),
    ...(id && { id }),
    ...(previewId && { previewId }),
  };
}

function fieldAt(config: ConfigText, table: Table, path: ConfigPath, name: string): OutlineField | undefined {
  const text = table[name];
  const place: Place | undefined = config.place([...path, name]);
  return typeof text === 'string' && place ? { text, span: place.value } : undefined;
}
