import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** The languages besides English, by VS Code's names. */
export const languages = ['de', 'ja', 'zh-cn', 'es'] as const;

/** A text in the sources that is translated when it is shown. */
export interface SourceText {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** For the translator; part of the key of the translation. */
  readonly comment?: string;
  /** The source right before and right after the call. */
  readonly before: string;
  readonly after: string;
}

const CALL = /\bl10n\.t\(\s*/g;
/** A literal of a single kind: the sources do not concatenate texts or fill templates inside the call. */
const LITERAL = /^(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\$]|\\.)*)`)\s*[,)]/;
/** A text with a comment, which comes last. */
const WITH_COMMENT = /^\{ message: '((?:[^'\\\n]|\\.)*)',.*? comment: \['((?:[^'\\\n]|\\.)*)'\] \}\)/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

const textOf = (literal: string): string =>
  literal.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );

/** The end of a call, given its opening bracket; ignores brackets inside texts. */
function endOf(source: string, open: number): number {
  let depth = 0;
  for (let at = open; at < source.length; at++) {
    const character = source[at];
    if (character === "'" || character === '"' || character === '`') {
      for (at++; source[at] !== character && at < source.length; at++) if (source[at] === '\\') at++;
    } else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at + 1;
  }
  return source.length;
}

/**
 * Every text in a source file. Throws for a call whose text is not a single literal, because it could not be
 * translated.
 */
export function textsIn(file: string, source: string): SourceText[] {
  return [...source.matchAll(CALL)].map(({ index, 0: call }) => {
    const line = source.slice(0, index).split('\n').length;
    const rest = source.slice(index + call.length);
    const commented = WITH_COMMENT.exec(rest);
    const found = commented ?? LITERAL.exec(rest);
    if (!found) throw new Error(`${file}:${line}: the text of l10n.t must be one literal`);
    const end = endOf(source, index + call.indexOf('('));
    return {
      file,
      line,
      text: textOf(commented?.[1] ?? found[1] ?? found[2] ?? found[3] ?? ''),
      ...(commented && { comment: textOf(commented[2] ?? '') }),
      before: source.slice(Math.max(0, index - 60), index),
      after: source.slice(end, end + 40),
    };
  });
}

/** Every text in the sources, in file order. */
export const textsOfSources = (): SourceText[] =>
  globSync('src/**/*.ts', { cwd: root })
    .sort()
    .flatMap((file) => textsIn(file, readFileSync(join(root, file), 'utf8')));

/** The key of a text in a file of translations, as VS Code forms it. */
export const nameOf = ({ text, comment }: Pick<SourceText, 'text' | 'comment'>): string =>
  comment === undefined ? text : `${text}/${comment}`;

/** Reads a file of translations; empty if it does not exist. */
export const readTranslation = (file: string): Readonly<Record<string, string>> =>
  existsSync(join(root, file)) ? JSON.parse(readFileSync(join(root, file), 'utf8')) : {};
