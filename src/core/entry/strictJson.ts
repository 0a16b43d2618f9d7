import * as l10n from '@vscode/l10n';
import { type JSONVisitor, type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import type { JsonValue } from './entry.ts';
import { isRawScalar, parseJson } from './metadataJson.ts';

export interface JsonProblem {
  /** A sentence without the place. */
  readonly message: string;
  /** Both from 1; the column counts UTF-16 units, as editors do. */
  readonly line: number;
  readonly column: number;
}

/** Deeper than anything that fits into metadata (1,024 bytes), shallow enough for any stack. */
export const MAX_DEPTH = 600;

/**
 * JSON as RFC 8259 has it, with every digit of its numbers: no comments, no trailing commas, and no name twice in one
 * object, which `JSON.parse` would silently drop. The first thing wrong comes with its place.
 */
export function parseStrictJson(text: string): { readonly value: JsonValue } | { readonly problem: JsonProblem } {
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch (error) {
    const problem = error instanceof SyntaxError ? findProblem(text) : undefined;
    if (problem === undefined) throw error;
    return { problem };
  }
  // Most texts show at once that no name comes twice: they have as many names as came out of them.
  if (memberCount(value) === nameCount(text)) return { value };
  const problem = findProblem(text);
  return problem === undefined ? { value } : { problem };
}

/** How many members all objects have together; `undefined` where they are nested too deeply. */
function memberCount(value: JsonValue, depth = 1): number | undefined {
  if (typeof value !== 'object' || value === null || isRawScalar(value)) return 0;
  if (depth > MAX_DEPTH) return undefined;
  const inner: readonly JsonValue[] = Object.values(value);
  let count = Array.isArray(value) ? 0 : inner.length;
  for (const one of inner) {
    const more = memberCount(one, depth + 1);
    if (more === undefined) return undefined;
    count += more;
  }
  return count;
}

/** A quote that no backslash escapes, and a colon: the end of each name, and the beginning of a few texts. */
const NAME = /(?<=(?:^|[^\\])(?:\\\\)*)"[ \t\r\n]*:/g;

function nameCount(text: string): number {
  let count = 0;
  for (const _ of text.matchAll(NAME)) count++;
  return count;
}

class Fault extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

function findProblem(text: string): JsonProblem | undefined {
  try {
    visit(text, new Check(text), { disallowComments: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const before = text.slice(0, error.offset).split('\n');
    return { message: error.message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}

/** What may come next. */
type Next = 'value' | 'name' | 'colon' | 'comma' | 'end';

/** An escape, good or not, or a character that must be one. */
const SPECIAL = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})?|[\u0000-\u001f]/g;

/** Throws the first {@link Fault}. The parser goes on behind what is wrong, and knows no name that comes twice. */
class Check implements JSONVisitor {
  readonly #text: string;
  /** The names so far of each object that is open; none for an array. */
  readonly #open: (Set<string> | undefined)[] = [];
  #next: Next = 'value';

  constructor(text: string) {
    this.#text = text;
  }

  onObjectBegin = (offset: number): void => this.#begin(offset, new Set());
  onArrayBegin = (offset: number): void => this.#begin(offset, undefined);
  onObjectEnd = (offset: number): void => this.#end(offset, '}');
  onArrayEnd = (offset: number): void => this.#end(offset, ']');

  onObjectProperty = (name: string, offset: number): void => {
    const names = this.#open.at(-1);
    if (names?.has(name)) throw new Fault(offset, l10n.t('“{0}” comes twice', name));
    names?.add(name);
    this.#next = 'colon';
  };

  onSeparator = (character: string): void => {
    this.#next = character === ',' && this.#open.at(-1) ? 'name' : 'value';
  };

  onLiteralValue = (_: unknown, offset: number, length: number): void => {
    // A number may not go on: `01` is not two of them.
    if (/[\w.+-]/.test(this.#text[offset + length] ?? '') && this.#text[offset] !== '"') throw this.#unexpected(offset);
    this.#leave();
  };

  onError = (code: ParseErrorCode, offset: number, length: number): void => {
    switch (printParseErrorCode(code)) {
      case 'InvalidCommentToken':
        throw new Fault(offset, l10n.t('comments are not allowed here'));
      case 'InvalidUnicode':
      case 'InvalidEscapeCharacter':
      case 'InvalidCharacter':
      case 'UnexpectedEndOfString':
        throw this.#inText(offset, offset + length);
      default:
        throw this.#unexpected(offset);
    }
  };

  #begin(offset: number, names: Set<string> | undefined): void {
    this.#open.push(names);
    if (this.#open.length > MAX_DEPTH) throw new Fault(offset, l10n.t('nested too deeply'));
    this.#next = names ? 'name' : 'value';
  }

  #end(offset: number, bracket: string): void {
    if (this.#text[offset] !== bracket) throw this.#unexpected(offset);
    this.#open.pop();
    this.#leave();
  }

  #leave(): void {
    this.#next = this.#open.length > 0 ? 'comma' : 'end';
  }

  /** A text that is wrong somewhere between its opening quote and `end`. */
  #inText(start: number, end: number): Fault {
    for (const { 0: found, index } of this.#text.slice(start, end).matchAll(SPECIAL)) {
      if (found === '\\') return new Fault(start + index, l10n.t('this escape sequence is not valid'));
      if (!found.startsWith('\\')) return new Fault(start + index, l10n.t('expected a closing quote'));
    }
    return new Fault(end, l10n.t('expected a closing quote'));
  }

  #unexpected(offset: number): Fault {
    const expected = this.#expected();
    const isAtEnd = offset >= this.#text.length;
    return new Fault(offset, isAtEnd ? l10n.t('the text ends too early: {0}', expected) : expected);
  }

  #expected(): string {
    switch (this.#next) {
      case 'value':
        return l10n.t('expected a value');
      case 'name':
        return l10n.t('expected a property name in double quotes');
      case 'colon':
        return l10n.t('expected “{0}”', ':');
      case 'comma':
        return l10n.t('expected “{0}” or “{1}”', ',', this.#open.at(-1) ? '}' : ']');
      case 'end':
        return l10n.t('expected nothing more');
    }
  }
}
