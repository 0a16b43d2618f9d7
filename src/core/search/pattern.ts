import * as l10n from '@vscode/l10n';
import { errorText, KvError } from '../base/errors.ts';

/** What is looked for: a text as it is, or a regular expression. */
export type Pattern = { readonly text: string } | { readonly regex: string };

/** Throws `invalidInput` for a regular expression that is none. */
export function checkPattern(pattern: Pattern): void {
  if ('regex' in pattern) compile(pattern.regex);
}

/**
 * Throws `invalidInput`. To run it is for another thread: on some texts an expression takes longer than anybody lives.
 */
export function compile(source: string): RegExp {
  let problem: unknown;
  for (const [text, flags] of [
    [source, 'u'],
    // Sets can be combined.
    [source, 'v'],
    // More escapes are allowed: `\-`, for one. Those that mean something only with Unicode must go on to mean it.
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

/** `\p{L}` and `\u{1f600}` would find nothing in an expression that knows no Unicode. */
const UNICODE_ONLY = /(?<!\\)(?:\\\\)*\\(?:[pP]\{|u\{)/;
/** A backslash before what means nothing else, the pairs of backslashes before it kept apart. */
const NEEDLESS_ESCAPE = /(?<!\\)((?:\\\\)*)\\([ !"#%&',:;<=>@_`~-])/g;

const hexEscape = (_: string, before: string, character: string): string =>
  `${before}\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
