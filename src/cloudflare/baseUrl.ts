import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';

/** Cloudflare's own API. */
export const DEFAULT_BASE_URL = 'https://api.cloudflare.com/client/v4';

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Checks a base URL and removes a slash at its end. Throws `invalidInput` for a URL that could leak a token: anything
 * but https (except on this machine), and anything besides host and path.
 */
export function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (!url || !isSafe || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new KvError(
      'invalidInput',
      l10n.t(
        'The address of the Cloudflare API must begin with https:// and name nothing but a host and a path: {0}',
        text,
      ),
    );
  }
  return url.href.replace(/\/+$/, '');
}
