import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** The languages besides English, as VS Code names them. */
export const languages = ['de', 'ja', 'zh-cn', 'es'] as const;

/** A text of the sources that is translated where it is shown. */
export interface SourceText {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** For whoever translates; part of the name under which the translation stands. */
  readonly comment?: string;
  /** What stands right before the call and right after it, in the sources. */
  readonly before: string;
  readonly after: string;
}

const CALL = /\bl10n\.t\(\s*/g;
/** A literal of one kind: the sources join no texts and fill no templates inside the call. */
const LITERAL = /^(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\$]|\\.)*)`)\s*[,)]/;
/** A text with a comment, which stands last. */
const WITH_COMMENT = /^\{ message: '((?:[^'\\\n]|\\.)*)',.*? comment: \['((?:[^'\\\n]|\\.)*)'\] \}\)/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

const textOf = (literal: string): string =>
  literal.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );

/** The end of a call from its opening bracket on, brackets inside texts left out. */
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

/** Every text in a source file. Throws for a call whose text is not a literal of its own: nobody could translate it. */
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

/** Every text of the sources, in the order of their files. */
export const textsOfSources = (): SourceText[] =>
  globSync('src/**/*.ts', { cwd: root })
    .sort()
    .flatMap((file) => textsIn(file, readFileSync(join(root, file), 'utf8')));

/** The name of a text in a file of translations, as VS Code forms it. */
export const nameOf = ({ text, comment }: Pick<SourceText, 'text' | 'comment'>): string =>
  comment === undefined ? text : `${text}/${comment}`;

/** A file of translations; empty where there is none. */
export const readTranslation = (file: string): Readonly<Record<string, string>> =>
  existsSync(join(root, file)) ? JSON.parse(readFileSync(join(root, file), 'utf8')) : {};
