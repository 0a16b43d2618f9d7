import * as l10n from '@vscode/l10n';
import { errorText, KvError } from '../base/errors.ts';

/** What is looked for: a text as it is, or a regular expression. */
export type Pattern = { readonly text: string } | { readonly regex: string };

/** Throws `invalidInput` for a regular expression that is none. */
export function checkPattern(pattern: Pattern): void {
  if ('regex' in pattern) compile(pattern.regex);
}

/** Throws `invalidInput`. To run it is for another thread: on some texts an expression takes longer than anybody lives. */
export function compile(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch {
    // Without `u`, more escapes are allowed: `\-`, for one.
    try {
      return new RegExp(source);
    } catch (error) {
      throw new KvError('invalidInput', l10n.t('This is no regular expression: {0}', errorText(error)), {
        cause: error,
      });
    }
  }
}
