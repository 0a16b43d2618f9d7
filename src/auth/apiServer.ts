import * as l10n from '@vscode/l10n';
import { KvError } from '../core/errors.ts';

/** Where requests go unless `cloudflareKv.remote.apiBaseUrl` says otherwise. */
export const CLOUDFLARE_API = 'https://api.cloudflare.com/client/v4';

/** The base URL of a setting, without a slash at its end; throws `invalidInput` for one that no token may be sent to. */
export function checkApiServer(setting: string): string {
  const text = setting.trim();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (!url || !isSafe || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new KvError(
      'invalidInput',
      l10n.t(
        'The setting “cloudflareKv.remote.apiBaseUrl” must be an https address without user name and query (http only for this machine itself). No account is asked until it is.',
      ),
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** How a server other than Cloudflare's own is named wherever one of its accounts is; `undefined` for Cloudflare. */
export const foreignServer = (server: string): string | undefined =>
  server === CLOUDFLARE_API ? undefined : new URL(server).host;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
