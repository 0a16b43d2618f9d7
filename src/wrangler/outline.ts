import { extname } from 'node:path';
import { isTable, type Table } from '../core/base/table.ts';
import type { ConfigProblem } from './config.ts';
import type { ConfigPath, ConfigText, Place, Span } from './configText.ts';
import { readJsonc } from './jsoncText.ts';
import { readToml } from './tomlText.ts';

type Parsers = typeof import('./parsers.lazy.ts');

/** A field that is text, and where its value stands, quotes included. */
export interface OutlineField {
  readonly text: string;
  readonly span: Span;
}

/** One entry of a list of KV bindings, whatever it lacks. */
export interface OutlineEntry {
  readonly path: ConfigPath;
  readonly span: Span;
  readonly binding?: OutlineField;
  readonly id?: OutlineField;
  readonly previewId?: OutlineField;
  readonly remote: boolean;
  /** A broken text may have lost a part of it. */
  readonly isDamaged: boolean;
  readonly value: Table;
}

/** The top level, or an environment that is a table of its own. */
export interface OutlineTable {
  /** Absent for the top level. */
  readonly environment?: string;
  /** Where the environment is named: its header or its property. */
  readonly name?: Span;
  readonly entries: readonly OutlineEntry[];
  readonly accountId?: OutlineField;
  /** An entry or the list is something else than it must be: nothing can be said of what is missing. */
  readonly isOdd: boolean;
}

/** The KV bindings of a config and where they stand in its text. */
export interface ConfigOutline {
  /** The first place where the text is broken; then only a part of it may be here. */
  readonly problem?: ConfigProblem;
  /** The top level first. */
  readonly tables: readonly OutlineTable[];
  /** A list of bindings, an environment or all of them are something else than wrangler takes. */
  readonly isOdd?: true;
}

/** Reads as far as a text can be read; `path` decides between TOML and JSON. Never throws. */
export function readOutline(path: string, text: string, parsers: Parsers): ConfigOutline {
  let config: ConfigText;
  try {
    config = readConfigText(path, text, parsers);
  } catch {
    // Nested too deeply for its parser.
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

/** The same for TOML and JSON; `path` decides which it is. */
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
