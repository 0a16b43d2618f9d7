import * as l10n from '@vscode/l10n';
import type { JsonValue } from './entry.ts';

export interface JsonProblem {
  /** A sentence without the place. */
  readonly message: string;
  /** Both from 1; the column counts UTF-16 units, as editors do. */
  readonly line: number;
  readonly column: number;
}

/** Deeper than anything that fits into metadata (1,024 bytes), shallow enough for any stack. */
const MAX_DEPTH = 600;

/**
 * JSON as RFC 8259 has it: no comments, no trailing commas, and no name twice in one object, which `JSON.parse` would
 * silently drop. The first thing wrong comes with its place.
 */
export function parseStrictJson(text: string): { readonly value: JsonValue } | { readonly problem: JsonProblem } {
  try {
    new Scanner(text).document();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const before = text.slice(0, error.offset).split('\n');
    return { problem: { message: error.message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 } };
  }
  return { value: JSON.parse(text) };
}

class Fault extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

const SPACE = /[ \t\r\n]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y;
/** What does not stand for itself in a string. One expression for a whole string needs a stack as deep as it is long. */
const SPECIAL = /["\\\u0000-\u001f]/g;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

class Scanner {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value();
    if (this.#at < this.#text.length) throw this.#fault(l10n.t('expected nothing more'));
  }

  #value(): void {
    this.#skip();
    const next = this.#text[this.#at];
    if (next === '{') this.#object();
    else if (next === '[') this.#array();
    else if (next === '"') this.#string();
    else if (this.#take(SCALAR) === '') throw this.#unexpected(l10n.t('expected a value'));
    this.#skip();
  }

  #object(): void {
    const names = new Set<string>();
    this.#open();
    if (this.#eat('}')) return;
    do {
      this.#skip();
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.#unexpected(l10n.t('expected a property name in double quotes'));
      const name: string = JSON.parse(this.#string());
      if (names.has(name)) throw new Fault(start, l10n.t('“{0}” comes twice', name));
      names.add(name);
      this.#skip();
      if (!this.#eat(':')) throw this.#unexpected(l10n.t('expected “{0}”', ':'));
      this.#value();
    } while (this.#eat(','));
    this.#close('}');
  }

  #array(): void {
    this.#open();
    if (this.#eat(']')) return;
    do this.#value();
    while (this.#eat(','));
    this.#close(']');
  }

  #open(): void {
    if (++this.#depth > MAX_DEPTH) throw this.#fault(l10n.t('nested too deeply'));
    this.#at++;
    this.#skip();
  }

  #close(bracket: string): void {
    if (!this.#eat(bracket)) throw this.#unexpected(l10n.t('expected “{0}” or “{1}”', ',', bracket));
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      SPECIAL.lastIndex = this.#at;
      const found = SPECIAL.exec(this.#text);
      this.#at = found?.index ?? this.#text.length;
      if (found?.[0] === '"') return this.#text.slice(start, ++this.#at);
      if (found?.[0] !== '\\') throw this.#fault(l10n.t('expected a closing quote'));
      if (this.#take(ESCAPE) === '') throw this.#fault(l10n.t('this escape sequence is not valid'));
    }
  }

  #skip(): void {
    this.#take(SPACE);
  }

  #eat(bracket: string): boolean {
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    if (bracket === '}' || bracket === ']') this.#depth--;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #unexpected(expected: string): Fault {
    const rest = this.#text.slice(this.#at, this.#at + 2);
    if (rest === '//' || rest === '/*') return this.#fault(l10n.t('comments are not allowed here'));
    return this.#fault(rest === '' ? l10n.t('the text ends too early: {0}', expected) : expected);
  }

  #fault(message: string): Fault {
    return new Fault(this.#at, message);
  }
}
