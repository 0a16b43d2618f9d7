import * as l10n from '@vscode/l10n';
import { type JSONVisitor, type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import type { JsonValue } from './entry.ts';
import { isRawScalar, parseJson } from './metadataJson.ts';

export interface JsonProblem {
  /** A sentence that does not mention the position. */
  readonly message: string;
  /** Both count from 1; the column counts UTF-16 units, as editors do. */
  readonly line: number;
  readonly column: number;
}

/** Deeper than anything that fits into metadata (1,024 bytes), but shallow enough for any stack. */
export const MAX_DEPTH = 600;

/**
 * Parses JSON as RFC 8259 defines it, keeping every digit of its numbers: no comments, no trailing commas, and no
 * duplicate names in an object, which `JSON.parse` would silently drop. Reports the first problem with its position.
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
  // A quick check for duplicate names, enough for most texts: they have as many names as the result has members.
  if (memberCount(value) === nameCount(text)) return { value };
  const problem = findProblem(text);
  return problem === undefined ? { value } : { problem };
}

/** The number of members of all objects together; `undefined` if the nesting is too deep. */
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

/** An unescaped quote followed by a colon: the end of every name, and also the beginning of some strings. */
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

/** What the parser expects next. */
type Next = 'value' | 'name' | 'colon' | 'comma' | 'end';

/** An escape, valid or not, or a character that must be escaped. */
const SPECIAL = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})?|[\u0000-\u001f]/g;

/**
 * Throws the first {@link Fault}. This is needed because the parser continues after an error and does not detect
 * duplicate names.
 */
class Check implements JSONVisitor {
  readonly #text: string;
  /** The names seen so far in each open object; `undefined` for an array. */
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
    // Nothing may follow a number directly: `01` is not two numbers.
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

  /** The fault in a string that is invalid somewhere between its opening quote and `end`. */
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
