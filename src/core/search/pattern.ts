import * as l10n from '@vscode/l10n';
import { errorText, KvError } from '../base/errors.ts';

/** What to search for: literal text, or a regular expression. */
export type Pattern = { readonly text: string } | { readonly regex: string };

/** Throws `invalidInput` if the regular expression is invalid. */
export function checkPattern(pattern: Pattern): void {
  if ('regex' in pattern) compile(pattern.regex);
}

/**
 * Throws `invalidInput`. Run the result only in another thread: on some texts, an expression practically never ends.
 */
export function compile(source: string): RegExp {
  let problem: unknown;
  for (const [text, flags] of [
    [source, 'u'],
    // `v` also allows set operations.
    [source, 'v'],
    // Without `u`, more escapes are allowed, such as `\-`. Escapes that need Unicode mode must keep their meaning.
    UNICODE_ONLY.test(source) ? [source.replace(NEEDLESS_ESCAPE, hexEscape), 'u'] : [source, ''],
  ] as const) {
    try {
      return new RegExp(text, flags);
    } catch (error) {
      problem = error;
    }
  }
  throw new KvError('invalidInput', l10n.t('This is no regular expression: {0}', errorText(problem)), {
    cause: problem,
  });
}

/** `\p{L}` and `\u{1f600}` would match nothing without Unicode mode. */
const UNICODE_ONLY = /(?<!\\)(?:\\\\)*\\(?:[pP]\{|u\{)/;
/** A backslash before a character that needs no escape. The pairs of backslashes before it are captured separately. */
const NEEDLESS_ESCAPE = /(?<!\\)((?:\\\\)*)\\([ !"#%&',:;<=>@_`~-])/g;

const hexEscape = (_: string, before: string, character: string): string =>
  `${before}\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
