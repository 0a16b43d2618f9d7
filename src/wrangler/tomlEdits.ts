import type { BindingPlan, PlannedField } from './bindingPlan.ts';
import type { ConfigPath } from './configText.ts';
import { insertItem, insertion, lineBreakOf, lineIndent } from './insertItem.ts';
import { TOML_TRIVIA, type TomlStatement, type TomlValue, tomlStatements } from './tomlStatements.ts';

type Parsers = typeof import('./parsers.lazy.ts');
type Edit = import('./parsers.lazy.ts').Edit;

const REST_OF_LINE = /[ \t]*(?:#[^\r\n]*)?/y;
/** Lines with only a comment, each with the line break before it. */
const COMMENT_LINES = /(?:\r?\n[ \t]*#[^\r\n]*)*/y;

/** A header (none at the start of the file) and the keys under it. */
interface Section {
  readonly path: ConfigPath;
  readonly isList: boolean;
  readonly statements: readonly TomlStatement[];
}

/**
 * Edits that only insert into a valid TOML text; `undefined` if no way is known. The caller must parse the result,
 * which reveals anything that TOML forbids, such as extending a closed table.
 */
export function tomlEdits(text: string, { list, index, fields }: BindingPlan, parsers: Parsers): Edit[] | undefined {
  const statements = tomlStatements(text, parsers.parseToml);
  const sections = sectionsOf(statements);
  const eol = lineBreakOf(text);
  const owner = list.slice(0, -1);
  const inline = inlineValue(statements, list);
  if (inline) return intoInline(inline.value, inline.rest);
  if (index !== undefined) return intoSection([...list, index]);

  const siblings = sections.findLast(({ path }) => startsWith(path, list));
  if (siblings) return addSection(siblings, 'near');
  if (owner.length === 0) {
    const others = sections.findLast(({ path, statements }) => path[0] !== 'env' && statements.length > 0);
    return addSection(others, others === sections.at(-1) ? 'end' : 'near');
  }
  const own = sections.findLast(({ path }) => startsWith(path, owner));
  if (own) return addSection(own, own === sections.at(-1) ? 'end' : 'near');
  const dotted = statements.findLast(({ path }) => startsWith(path, owner));
  if (dotted) return addDotted(dotted);
  const environments = sections.findLast(({ path }) => path[0] === 'env');
  return addSection(environments, environments && environments !== sections.at(-1) ? 'near' : 'end');

  function intoInline(value: TomlValue, rest: readonly string[]): Edit[] | undefined {
    if (rest.length > 0) return value.kind === 'table' ? addPair(value, rest, `[${entry(' = ', ' ')}]`) : undefined;
    if (value.kind !== 'list') return undefined;
    if (index === undefined) {
      const sibling = value.items.findLast((item) => item.value.kind === 'table')?.value;
      return addItem(value, entry(sibling ? equalsIn(sibling) : ' = ', sibling && isTight(sibling) ? '' : ' '), '');
    }
    const target = value.items[index]?.value;
    if (target?.kind !== 'table') return undefined;
    return fields.flatMap(([name, field]) => addPair(target, [name], tomlValue(field)));
  }

  function addPair(table: TomlValue, key: readonly string[], value: string): Edit[] {
    return addItem(table, `${keyText(key)}${equalsIn(table)}${value}`, ' ');
  }

  function addItem({ start, end, items }: TomlValue, item: string, pad: string): Edit[] {
    const container = { open: start + 1, close: end - 1, items };
    const style = { eol, unit: '  ', gap: ' ', pad, expand: false, trivia: TOML_TRIVIA, restOfLine: REST_OF_LINE };
    return insertItem(text, container, { inline: item, block: () => item }, style);
  }

  /** How a table writes “=”, with or without spaces. */
  function equalsIn({ items: [first] }: TomlValue): string {
    return first && text[first.value.start - 1] === '=' ? '=' : ' = ';
  }

  function isTight({ start, items }: TomlValue): boolean {
    return items[0]?.start === start + 1;
  }

  function entry(equals: string, pad: string): string {
    return `{${pad}${fields.map(([name, value]) => `${name}${equals}${tomlValue(value)}`).join(', ')}${pad}}`;
  }

  /** Inserts after the last key of an entry that has a header. */
  function intoSection(path: ConfigPath): Edit[] | undefined {
    const last = sections.find((section) => section.isList && isSame(section.path, path))?.statements.at(-1);
    if (last === undefined) return undefined;
    const indent = lineIndent(text, last.start);
    const keys = fields.map(([name, value]) => `${eol}${indent}${name} = ${tomlValue(value)}`);
    return [insertion(lineEnd(last.end), keys.join(''))];
  }

  /**
   * Inserts a new entry with a header. It is indented like the section before it, if that belongs to the same table.
   */
  function addSection(after: Section | undefined, place: 'near' | 'end'): Edit[] {
    const isOwn = after && startsWith(after.path, owner.length > 0 ? owner : list);
    const [header, key] = isOwn ? after.statements : [];
    const indent = header ? lineIndent(text, header.start) : '';
    const keyIndent = key ? lineIndent(text, key.start) : indent;
    const lines = [`${indent}[[${keyText(list)}]]`, ...fields.map((field) => keyIndent + pairText(field))].join(eol);
    const last = place === 'near' ? after?.statements.at(-1) : undefined;
    const offset = last ? behindComments(last.end) : lineEnd(text.trimEnd().length);
    if (offset === 0) return [insertion(0, lines + eol)];
    const followed = /^\r?\n[ \t]*[^\s]/.test(text.slice(offset));
    return [insertion(offset, eol + eol + lines + (followed ? eol : ''))];
  }

  /** Inserts beside dotted keys of the same table, in the same notation. */
  function addDotted(beside: TomlStatement): Edit[] {
    const header = sections.find(({ statements }) => statements.includes(beside))?.path ?? [];
    const key = keyText(list.slice(header.length));
    const indent = lineIndent(text, beside.start);
    return [insertion(lineEnd(beside.end), `${eol}${indent}${key} = [${entry(' = ', ' ')}]`)];
  }

  /** The end of a line, after any comment lines directly below it, unless they belong to the next header. */
  function behindComments(offset: number): number {
    const end = lineEnd(offset);
    COMMENT_LINES.lastIndex = end;
    const comments = end + (COMMENT_LINES.exec(text)?.[0].length ?? 0);
    return /^\r?\n[ \t]*\[/.test(text.slice(comments)) ? end : comments;
  }

  function lineEnd(offset: number): number {
    return offset + (/\r?\n|$/.exec(text.slice(offset))?.index ?? 0);
  }
}

/** The lines of a new entry with a header. */
export const tomlEntry = ({ list, fields }: BindingPlan): string =>
  [`[[${keyText(list)}]]`, ...fields.map(pairText)].join('\n');

/** `name = "value"`; the name needs no quotes. */
export const pairText = ([name, value]: PlannedField): string => `${name} = ${tomlValue(value)}`;

const tomlValue = (value: string | boolean): string => (typeof value === 'string' ? tomlString(value) : String(value));

// JSON escapes everything that TOML requires, except for this character.
const tomlString = (text: string): string => JSON.stringify(text).replaceAll('\u007F', '\\u007F');

const keyText = (path: readonly string[]): string =>
  path.map((name) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : tomlString(name))).join('.');

const startsWith = (path: ConfigPath, start: ConfigPath): boolean => start.every((step, index) => path[index] === step);
const isSame = (a: ConfigPath, b: ConfigPath): boolean => a.length === b.length && startsWith(a, b);

function sectionsOf(statements: readonly TomlStatement[]): Section[] {
  const sections: { path: ConfigPath; isList: boolean; statements: TomlStatement[] }[] = [
    { path: [], isList: false, statements: [] },
  ];
  for (const statement of statements) {
    const { kind, path } = statement;
    if (kind === 'key') sections.at(-1)?.statements.push(statement);
    else sections.push({ path, isList: kind === 'list', statements: [statement] });
  }
  return sections;
}

/** The innermost inline list or table on the way to a place, and the steps that it lacks. */
function inlineValue(
  statements: readonly TomlStatement[],
  path: readonly string[],
): { value: TomlValue; rest: readonly string[] } | undefined {
  const host = statements.find((statement) => statement.value && startsWith(path, statement.path));
  if (host?.value === undefined) return undefined;
  let value = host.value;
  let rest = path.slice(host.path.length);
  for (;;) {
    const inner = value.items.find(({ key }) => key.length > 0 && startsWith(rest, key));
    if (inner === undefined) return { value, rest };
    value = inner.value;
    rest = rest.slice(inner.key.length);
  }
}
