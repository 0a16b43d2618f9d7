import type { Table } from '../core/base/table.ts';
import { ELSEWHERE } from './codes.ts';
import { type BlockPage, type Failure, type Obstacle, redacted } from './failure.ts';
import { tablesOf } from './json.ts';

type Sdk = typeof import('./sdk.lazy.ts');

/** Fixed, because the SDK would send today's date. */
const API_VERSION = '2026-11-01';

/**
 * The SDK's client for one token. Everything that the environment or a default could otherwise decide is set
 * explicitly.
 */
function makeClient(sdk: Sdk, baseURL: string, token: string) {
  return sdk.createClient({
    resources: [sdk.KV, sdk.BaseAccounts],
    baseURL,
    apiToken: token,
    apiKey: null,
    apiEmail: null,
    userServiceKey: null,
    // These override CLOUDFLARE_CUSTOM_HEADERS, which could replace the credential or add another one.
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

/** The clients for one base URL. Only the one with the latest token is kept. */
export class Clients {
  readonly #baseUrl: string;
  #loading: Promise<Sdk> | undefined;
  #sdk: Sdk | undefined;
  #newest: { readonly token: string; readonly client: SdkClient } | undefined;

  /** `baseUrl` must come from `checkBaseUrl`. */
  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  async client(token: string): Promise<SdkClient> {
    this.#loading ??= import('./sdk.lazy.ts');
    this.#sdk = await this.#loading;
    if (this.#newest?.token !== token) this.#newest = { token, client: makeClient(this.#sdk, this.#baseUrl, token) };
    return this.#newest.client;
  }

  /** The headers of the answer that an SDK error reports; `undefined` if there was no answer. */
  headersOf(error: unknown): Headers | undefined {
    return this.#sdk && error instanceof this.#sdk.APIError ? error.headers : undefined;
  }

  /**
   * Classifies an error of the SDK, or one from reading the body of an answer. `name` identifies the request in the
   * log.
   */
  failureOf(error: unknown, name: string, token: string | undefined): Failure {
    const detailed = (text: string): string => redacted(`${name}: ${text}`, token);
    if (this.#sdk && error instanceof this.#sdk.APIError && error.status !== undefined) {
      const { status, errors, headers } = error;
      const answer = detailed(`HTTP ${status}, ${summary(errors)}`);
      // Only a proxy returns this, and then Cloudflare has not received the request.
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

/** Messages of Node, of the proxy library in VS Code, and of Chromium. */
const PROXY_CREDENTIALS = [
  'Proxy response (407)',
  'statusCode=407',
  'ERR_PROXY_AUTH',
  'Proxy Authentication Required',
  'proxy authentication required',
];

/** Node error codes that mean that nothing was sent. */
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

/** Signs in the messages of Node's errors. The first match counts. */
const OBSTACLES: readonly { readonly obstacle: Obstacle; readonly signs: readonly string[] }[] = [
  { obstacle: 'clock', signs: ['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED'] },
  { obstacle: 'certificate', signs: ['ERR_TLS', 'CERT_', 'SELF_SIGNED', 'UNABLE_TO_'] },
  { obstacle: 'proxyCredentials', signs: PROXY_CREDENTIALS },
  { obstacle: 'proxy', signs: ['Proxy response', 'tunneling socket'] },
  { obstacle: 'name', signs: ['ENOTFOUND', 'EAI_AGAIN'] },
];

/** Who sent an HTML page, as far as it tells; `undefined` for any other answer. */
function blockPage(headers: Headers | undefined, message: string): BlockPage | undefined {
  if (!/\bhtml\b/i.test(headers?.get('content-type') ?? '')) return undefined;
  // A firewall's page contains the ray id. If the page came through Cloudflare, it is in the header as well.
  const rayId = /Ray ID:?\s*(?:<[^>]*>\s*)*([0-9a-f]{16})/i.exec(message)?.[1] ?? headers?.get('cf-ray')?.split('-')[0];
  return rayId !== undefined && /^[0-9a-f]{16}$/i.test(rayId) ? { rayId } : {};
}

/** The codes of the errors in an answer, including their error chains. */
export const codesOf = (errors: unknown): readonly number[] =>
  tablesOf(errors).flatMap(({ code, error_chain }) => [
    ...(typeof code === 'number' ? [code] : []),
    ...codesOf(error_chain),
  ]);

/** The errors of an answer on one line. */
export const summary = (errors: unknown): string =>
  tablesOf(errors)
    .map(({ code, message }: Table) => `code ${code} ${message}`)
    .join(', ') || 'not an answer of the API';

/** The header has whole seconds, or a date by the sender's clock. */
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
