import type { Table } from '../core/base/table.ts';
import { ELSEWHERE } from './codes.ts';
import { type BlockPage, type Failure, type Obstacle, redacted } from './failure.ts';
import { tablesOf } from './json.ts';

type Sdk = typeof import('./sdk.lazy.ts');

/** Fixed, because the SDK would send the day of today. */
const API_VERSION = '2026-11-01';

/** The SDK's client for one token, with everything that the environment or a default could decide fixed by us. */
function makeClient(sdk: Sdk, baseURL: string, token: string) {
  return sdk.createClient({
    resources: [sdk.KV, sdk.BaseAccounts],
    baseURL,
    apiToken: token,
    apiKey: null,
    apiEmail: null,
    userServiceKey: null,
    // These beat CLOUDFLARE_CUSTOM_HEADERS, which could put another credential in the place of ours, or beside it.
    defaultHeaders: {
      Authorization: `Bearer ${token}`,
      'X-Auth-Key': null,
      'X-Auth-Email': null,
      'X-Auth-User-Service-Key': null,
    },
    apiVersion: API_VERSION,
    maxRetries: 0,
    logLevel: 'off',
    fetchOptions: { redirect: 'error' },
  });
}

export type SdkClient = ReturnType<typeof makeClient>;

/** Clients of one address. Only the newest token's is kept. */
export class Clients {
  readonly #baseUrl: string;
  #loading: Promise<Sdk> | undefined;
  #sdk: Sdk | undefined;
  #newest: { readonly token: string; readonly client: SdkClient } | undefined;

  /** `baseUrl` as `checkBaseUrl` gives it. */
  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  async client(token: string): Promise<SdkClient> {
    this.#loading ??= import('./sdk.lazy.ts');
    this.#sdk = await this.#loading;
    if (this.#newest?.token !== token) this.#newest = { token, client: makeClient(this.#sdk, this.#baseUrl, token) };
    return this.#newest.client;
  }

  /** Of the answer that an error of the SDK tells of; `undefined` where there was none. */
  headersOf(error: unknown): Headers | undefined {
    return this.#sdk && error instanceof this.#sdk.APIError ? error.headers : undefined;
  }

  /** What an error of the SDK, or of the body of an answer, means. `name` tells the log which request it was. */
  failureOf(error: unknown, name: string, token: string | undefined): Failure {
    const detailed = (text: string): string => redacted(`${name}: ${text}`, token);
    if (this.#sdk && error instanceof this.#sdk.APIError && error.status !== undefined) {
      const { status, errors, headers } = error;
      const answer = detailed(`HTTP ${status}, ${summary(errors)}`);
      // Nobody but a proxy says this, in the place of Cloudflare, which has not heard of it.
      if (status === ASKS_FOR_CREDENTIALS)
        return { kind: 'unreachable', connected: false, obstacle: 'proxyCredentials', detail: answer };
      const retryAfterMs = retryAfter(headers);
      const codes = codesOf(errors);
      const page = codes.length === 0 ? blockPage(headers, error.message) : undefined;
      return {
        kind: 'refused',
        status,
        codes,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        ...(page && { page }),
        ...(codes.includes(ELSEWHERE) && /location|\bip\b/i.test(summary(errors)) && { isElsewhere: true }),
        detail: answer,
      };
    }
    const causes = causesOf(error);
    const says = (text: string): boolean => causes.some((cause) => cause.includes(text));
    const detail = detailed(causes.join(' · '));
    if (says('unexpected redirect')) return { kind: 'redirected', detail };
    const obstacle = OBSTACLES.find(({ signs }) => signs.some(says))?.obstacle;
    return { kind: 'unreachable', connected: !NEVER_CONNECTED.some(says), ...(obstacle && { obstacle }), detail };
  }
}

/** Proxy Authentication Required. */
const ASKS_FOR_CREDENTIALS = 407;

/** Of Node, of the library that VS Code uses for proxies, and of Chromium. */
const PROXY_CREDENTIALS = [
  'Proxy response (407)',
  'statusCode=407',
  'ERR_PROXY_AUTH',
  'Proxy Authentication Required',
  'proxy authentication required',
];

/** Codes of Node's errors that mean that nothing was sent. */
const NEVER_CONNECTED = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS',
  'CERT_',
  'SELF_SIGNED',
  'UNABLE_TO_',
  'Proxy response',
  'tunneling socket',
  ...PROXY_CREDENTIALS,
];

/** By what Node's errors say; the first that fits counts. */
const OBSTACLES: readonly { readonly obstacle: Obstacle; readonly signs: readonly string[] }[] = [
  { obstacle: 'clock', signs: ['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED'] },
  { obstacle: 'certificate', signs: ['ERR_TLS', 'CERT_', 'SELF_SIGNED', 'UNABLE_TO_'] },
  { obstacle: 'proxyCredentials', signs: PROXY_CREDENTIALS },
  { obstacle: 'proxy', signs: ['Proxy response', 'tunneling socket'] },
  { obstacle: 'name', signs: ['ENOTFOUND', 'EAI_AGAIN'] },
];

/** What a page of HTML tells of who has sent it; `undefined` for any other answer. */
function blockPage(headers: Headers | undefined, message: string): BlockPage | undefined {
  if (!/\bhtml\b/i.test(headers?.get('content-type') ?? '')) return undefined;
  // The page of a firewall names it; the header is there as well where the page came through Cloudflare.
  const rayId = /Ray ID:?\s*(?:<[^>]*>\s*)*([0-9a-f]{16})/i.exec(message)?.[1] ?? headers?.get('cf-ray')?.split('-')[0];
  return rayId !== undefined && /^[0-9a-f]{16}$/i.test(rayId) ? { rayId } : {};
}

/** Codes of the errors in an answer and of those in their chains. */
export const codesOf = (errors: unknown): readonly number[] =>
  tablesOf(errors).flatMap(({ code, error_chain }) => [
    ...(typeof code === 'number' ? [code] : []),
    ...codesOf(error_chain),
  ]);

/** The errors of an answer in a line. */
export const summary = (errors: unknown): string =>
  tablesOf(errors)
    .map(({ code, message }: Table) => `code ${code} ${message}`)
    .join(', ') || 'not an answer of the API';

/** The header has whole seconds, or a date by the clock of whoever sets it. */
function retryAfter(headers: Headers | undefined): number | undefined {
  const text = headers?.get('retry-after');
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.parse(headers?.get('date') ?? '');
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function causesOf(error: unknown): string[] {
  const texts: string[] = [];
  for (let now = error; now instanceof Error && texts.length < 5; now = now.cause) {
    texts.push('code' in now ? `${now.code} ${now.message}` : now.message);
  }
  return texts.length > 0 ? texts : [String(error)];
}
