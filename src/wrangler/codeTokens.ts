/** A token of JavaScript or TypeScript. Brackets and their content are a single token. */
export interface Token {
  /**
   * `word`: a name, keyword or number. `text`: a plain string. `other`: a string with escapes or computed parts, or a
   * regular expression.
   */
  readonly kind: 'word' | 'text' | 'other' | 'mark' | 'group';
  readonly at: number;
  readonly end: number;
  /** The content of a string, or the opening bracket of a group. */
  readonly text: string;
  /** The tokens inside a group. */
  readonly items: readonly Token[];
  /** It is the first token on its line. */
  readonly isFirst: boolean;
}

const SPACE = /\s+|\/\/.*|\/\*[\s\S]*?(?:\*\/|$)/y;
const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*|\d[\w.]*/uy;
const STRING = /"(?:[^"\\\n]+|\\[\s\S])*"?|'(?:[^'\\\n]+|\\[\s\S])*'?/y;
const PATTERN = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
const MARK = /\.\.\.|=>|[=!<>]=+|\?\.|\?\?=?|&&=?|\|\|=?|[-+*/%&|^]=|[\s\S]/uy;
/** After these words a slash starts a regular expression; after any other word it divides. */
const BEFORE_PATTERN: ReadonlySet<string> = new Set(
  'return typeof case in of default await void delete do else instanceof new yield'.split(' '),
);
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const TEMPLATE_END = '`';

interface Open {
  readonly at: number;
  readonly text: string;
  readonly items: Token[];
  readonly isFirst: boolean;
}

/**
 * Splits a program into tokens without parsing it: strings, templates, regular expressions and comments are told from
 * code. Never throws; a bracket that is never closed ends with the text.
 */
export function tokensOf(text: string): readonly Token[] {
  const top: Token[] = [];
  const open: Open[] = [];
  let at = 0;
  let isFirst = true;
  const taken = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const items = (): Token[] => open.at(-1)?.items ?? top;
  const add = (kind: Token['kind'], end: number, said: string): void => {
    items().push({ kind, at, end, text: said, items: [], isFirst });
    at = end;
    isFirst = false;
  };
  const close = (end: number): void => {
    const group = open.pop();
    if (group !== undefined) items().push({ kind: 'group', end, ...group });
  };
  while (at < text.length) {
    const space = taken(SPACE);
    if (space !== undefined) {
      isFirst ||= space.includes('\n');
      at += space.length;
      continue;
    }
    const word = taken(WORD);
    const string = taken(STRING);
    const character = text[at] ?? '';
    if (word !== undefined) add('word', at + word.length, word);
    else if (string !== undefined) {
      const isPlain = !string.includes('\\') && string.length > 1 && string.endsWith(character);
      add(isPlain ? 'text' : 'other', at + string.length, string.slice(1, -1));
    } else if (character === TEMPLATE_END) {
      const end = templateEnd(text, at);
      const said = text.slice(at + 1, end - 1);
      add(/[\\$]/.test(said) ? 'other' : 'text', end, said);
    } else if (character in CLOSING) {
      open.push({ at, text: character, items: [], isFirst });
      isFirst = false;
      at++;
    } else if (Object.values(CLOSING).includes(character)) {
      at++;
      close(at);
      isFirst = false;
    } else {
      const pattern = character === '/' && startsPattern(items().at(-1)) ? taken(PATTERN) : undefined;
      const mark = pattern ?? taken(MARK) ?? character;
      add(pattern === undefined ? 'mark' : 'other', at + mark.length, mark);
    }
  }
  while (open.length > 0) close(text.length);
  return top;
}

const startsPattern = (before: Token | undefined): boolean =>
  before === undefined || before.kind === 'mark' || (before.kind === 'word' && BEFORE_PATTERN.has(before.text));

/** The end of a template that starts here. Code inside it may contain further templates. */
function templateEnd(text: string, start: number): number {
  /** How many braces are open in each nested piece of code. */
  const depths: number[] = [];
  let isCode = false;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    const depth = depths.at(-1) ?? 0;
    if (character === '\\') at++;
    else if (!isCode) {
      if (character === TEMPLATE_END) {
        if (depths.length === 0) return at + 1;
        isCode = true;
      } else if (character === '$' && text[at + 1] === '{') {
        depths.push(0);
        isCode = true;
        at++;
      }
    } else if (character === TEMPLATE_END) isCode = false;
    else if (character === '{') depths[depths.length - 1] = depth + 1;
    else if (character === '}' && depth > 0) depths[depths.length - 1] = depth - 1;
    else if (character === '}') {
      depths.pop();
      isCode = false;
    } else if (character === '"' || character === "'") {
      STRING.lastIndex = at;
      at += (STRING.exec(text)?.[0].length ?? 1) - 1;
    }
  }
  return text.length;
}
