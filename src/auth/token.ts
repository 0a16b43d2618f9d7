import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';

/** What is wrong with a pasted token, checked without any request; `undefined` if it looks fine. */
export function tokenProblem(text: string): string | undefined {
  const token = text.trim();
  if (token === '') return l10n.t('Paste an API token.');
  if (/^Bearer\s/i.test(token)) return l10n.t('Paste the token alone, without “Bearer” before it.');
  // The token must contain only characters that an HTTP header may contain.
  return /^[\x21-\x7e]+$/.test(token)
    ? undefined
    : l10n.t('This is not an API token: it has spaces or characters that no token has. Copy it once more.');
}

/** The token without white space around it. Throws `invalidInput` if it cannot be a token. */
export function cleanToken(text: string): string {
  const problem = tokenProblem(text);
  if (problem !== undefined) throw new KvError('invalidInput', problem);
  return text.trim();
}
