import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';

/** What is wrong with a pasted token before anybody is asked about it; `undefined` when nothing is. */
export function tokenProblem(text: string): string | undefined {
  const token = text.trim();
  if (token === '') return l10n.t('Paste an API token.');
  if (/^Bearer\s/i.test(token)) return l10n.t('Paste the token alone, without “Bearer” before it.');
  // What an HTTP header cannot carry must not get as far as one.
  return /^[\x21-\x7e]+$/.test(token)
    ? undefined
    : l10n.t('This is not an API token: it has spaces or characters that no token has. Copy it once more.');
}

/** The token without what was pasted around it; throws `invalidInput` when it cannot be one. */
export function cleanToken(text: string): string {
  const problem = tokenProblem(text);
  if (problem !== undefined) throw new KvError('invalidInput', problem);
  return text.trim();
}
