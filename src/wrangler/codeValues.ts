import type { Token } from './codeTokens.ts';

/** Some pieces in a row that stand for a value. */
export type Expression = readonly Token[];

/** A setting of an object; `name` is absent for what is spread into it. */
export interface Property {
  readonly name?: string;
  readonly at: number;
  readonly value: Expression;
}

/** Further ones of a circle, or of a text made to keep us busy, are not looked at. */
const MOST_STEPS = 2000;
const DECLARING: ReadonlySet<string> = new Set(['const', 'let', 'var']);
/** Behind these the value goes on, or a type of it follows. */
const GOING_ON: ReadonlySet<string> = new Set(['as', 'satisfies', 'in', 'instanceof', 'of']);
/** A block after one of these belongs to the function around it. */
const BLOCKS: ReadonlySet<string> = new Set(['else', 'try', 'finally', 'do']);
const HEADED_BLOCKS: ReadonlySet<string> = new Set(['if', 'for', 'while', 'switch', 'catch']);

export const isMark = (token: Token | undefined, text: string): boolean =>
  token?.kind === 'mark' && token.text === text;
export const isWord = (token: Token | undefined, text: string): boolean =>
  token?.kind === 'word' && token.text === text;
export const isGroup = (token: Token | undefined, bracket: string): token is Token =>
  token?.kind === 'group' && token.text === bracket;

/** What commas separate. */
export function partsOf({ items }: Token): readonly Expression[] {
  const parts: Token[][] = [[]];
  for (const item of items) {
    if (isMark(item, ',')) parts.push([]);
    else parts.at(-1)?.push(item);
  }
  return parts.filter((part) => part.length > 0);
}

/** The value that starts at a place in a row: up to a `;`, a `,` or a line that starts another statement. */
export function expressionAt(row: readonly Token[], start: number): Expression {
  let end = start;
  for (; end < row.length; end++) {
    const [token, before] = [row[end], row[end - 1]];
    if (isMark(token, ';') || isMark(token, ',')) break;
    const isOpen = before?.kind === 'mark' || (before?.kind === 'word' && GOING_ON.has(before.text));
    if (end > start && token?.kind === 'word' && token.isFirst && !isOpen && !GOING_ON.has(token.text)) break;
  }
  return row.slice(start, end);
}

/** Every row of a program: its own, and what each bracket holds. */
export function rowsOf(top: readonly Token[]): readonly (readonly Token[])[] {
  const rows: (readonly Token[])[] = [top];
  for (const row of rows) for (const { kind, items } of row) if (kind === 'group') rows.push(items);
  return rows;
}

/** What the values of a program are, as far as they are written out: constants are followed, nothing is run. */
export class CodeValues {
  /** By name; `undefined` where it may be one of several. */
  readonly #constants = new Map<string, Expression | undefined>();
  #steps = 0;

  constructor(rows: readonly (readonly Token[])[]) {
    for (const row of rows) for (const [index] of row.entries()) this.#learn(row, index);
  }

  #learn(row: readonly Token[], index: number): void {
    const declaring = row[index];
    if (declaring?.kind !== 'word' || !DECLARING.has(declaring.text)) return;
    for (let at = index + 1; row[at]?.kind === 'word'; at++) {
      const name = row[at]?.text ?? '';
      // A type may come between.
      while (at < row.length && !['=', ',', ';'].some((mark) => isMark(row[at], mark))) at++;
      const value = isMark(row[at], '=') ? expressionAt(row, at + 1) : [];
      const isSure = declaring.text === 'const' && !this.#constants.has(name);
      this.#constants.set(name, isSure ? value : undefined);
      if (isMark(row[at], '=')) at += 1 + value.length;
      if (!isMark(row[at], ',')) return;
    }
  }

  /** Without brackets around it, its type and an `await`; a constant is what it was set to. */
  plain(value: Expression): Expression {
    let rest = value;
    while (++this.#steps < MOST_STEPS) {
      const typeAt = rest.findIndex((token, at) => at > 0 && (isWord(token, 'satisfies') || isWord(token, 'as')));
      const [first] = rest;
      if (typeAt > 0) rest = rest.slice(0, typeAt);
      else if (isWord(first, 'await')) rest = rest.slice(1);
      else if (rest.length !== 1) return rest;
      else if (isGroup(first, '(') && partsOf(first).length === 1) rest = first.items;
      else if (first?.kind === 'word' && this.#constants.get(first.text)) rest = this.#constants.get(first.text) ?? [];
      else return rest;
    }
    return [];
  }

  /** `undefined` for anything but a text that is written out. */
  text(value: Expression): string | undefined {
    const [first, ...more] = this.plain(value);
    return first?.kind === 'text' && more.length === 0 ? first.text : undefined;
  }

  group(value: Expression, bracket: string): Token | undefined {
    const [first, ...more] = this.plain(value);
    return isGroup(first, bracket) && more.length === 0 ? first : undefined;
  }

  /** The settings of an object, with those of constants that are spread into it in their place. */
  properties(object: Token): readonly Property[] {
    if (++this.#steps >= MOST_STEPS) return [];
    return partsOf(object).flatMap((part): readonly Property[] => {
      const [first, second] = part;
      if (first === undefined) return [];
      if (isMark(first, '...')) {
        const spread = this.group(part.slice(1), '{');
        return spread ? this.properties(spread) : [{ at: first.at, value: part.slice(1) }];
      }
      if (first.kind !== 'word' && first.kind !== 'text') return [];
      if (isMark(second, ':')) return [{ name: first.text, at: first.at, value: part.slice(2) }];
      return part.length === 1 ? [{ name: first.text, at: first.at, value: part }] : [];
    });
  }

  /** The objects that a value may be: of a choice each, of a function what it returns, of a call what it is given. */
  objects(value: Expression): readonly Token[] {
    const row = this.plain(value);
    if (++this.#steps >= MOST_STEPS || row.length === 0) return [];
    const [first] = row;
    const last = row.at(-1);
    const arrow = row.findIndex((token) => isMark(token, '=>'));
    if (arrow >= 0) return this.#returned(row.slice(arrow + 1));
    if (row.some((token) => isWord(token, 'function'))) return this.#returned(row.slice(-1));
    if (row.length === 1) return isGroup(first, '{') ? [first] : [];
    const choice = row.findIndex((token) => isMark(token, '?'));
    if (choice >= 0) {
      const other = row.findLastIndex((token) => isMark(token, ':'));
      return [...this.objects(row.slice(choice + 1, other)), ...this.objects(row.slice(other + 1))];
    }
    return isGroup(last, '(') ? partsOf(last).flatMap((part) => this.objects(part)) : [];
  }

  #returned(body: Expression): readonly Token[] {
    const [block, ...more] = body;
    return isGroup(block, '{') && more.length === 0 ? this.#returnedIn(block.items) : this.objects(body);
  }

  #returnedIn(row: readonly Token[]): readonly Token[] {
    return row.flatMap((token, at) => {
      if (isWord(token, 'return')) return this.objects(expressionAt(row, at + 1));
      const [head, before] = [row[at - 2], row[at - 1]];
      const isBlock =
        before?.kind === 'word' ? BLOCKS.has(before.text) : isGroup(before, '(') && HEADED_BLOCKS.has(head?.text ?? '');
      return isBlock && isGroup(token, '{') ? this.#returnedIn(token.items) : [];
    });
  }
}
