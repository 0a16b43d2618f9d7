import assert from 'node:assert/strict';
import { Clients } from '../../src/cloudflare/client.ts';
import { listingKeys, toKvError } from '../../src/cloudflare/errors.ts';
import { FailedRequest, type Failure, isForbidden, isNotAccepted, maybeDone } from '../../src/cloudflare/failure.ts';
import * as sdk from '../../src/cloudflare/sdk.lazy.ts';
import type { KvErrorKind } from '../../src/core/base/errors.ts';

const TOKEN = 'made-up-token';
const RAY = '8a1b2c3d4e5f6a7b';

/** What `fetch` rejects with. */
const network = (code: string, message = code): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });

/** What the SDK makes of an answer of the API with these errors. */
const answer = (status: number, ...errors: readonly { code: number; message?: string }[]): Error =>
  sdk.APIError.generate(status, { success: false, errors }, undefined, new Headers());

/** What it makes of a page of HTML. */
const page = (status: number, html: string): Error =>
  sdk.APIError.generate(status, undefined, html, new Headers({ 'content-type': 'text/html' }));

interface Row {
  readonly cause: string;
  readonly given: Error | Failure;
  readonly kind: KvErrorKind;
  readonly says: RegExp;
  /** Whether the credential is to be asked for anew: it is none any more, or another one may be allowed. */
  readonly asksFor?: 'renewed' | 'another';
  /** It is no word on what the credential may do. */
  readonly isStopped?: true;
}

const PERMISSION = /lacks the permission “Workers KV Storage: Read” for this account, or is that of somebody/;
const UNTRUSTED = /its certificate is of an authority .*NODE_EXTRA_CA_CERTS/;
const CREDENTIALS = /the proxy wants to know first who asks \(HTTP 407\).*“http.proxy” \(http:\/\/name:password@/;

const rows: readonly Row[] = [
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'].map(
    (code): Row => ({ cause: `certificate: ${code}`, given: network(code), kind: 'offline', says: UNTRUSTED }),
  ),
  {
    cause: 'certificate of another name',
    given: network('ERR_TLS_CERT_ALTNAME_INVALID'),
    kind: 'offline',
    says: UNTRUSTED,
  },
  {
    cause: 'certificate that has expired, or clock that is ahead',
    given: network('CERT_HAS_EXPIRED', 'certificate has expired'),
    kind: 'offline',
    says: /not valid at the time that this machine shows.*clock/,
  },
  {
    cause: 'clock that is behind',
    given: network('CERT_NOT_YET_VALID'),
    kind: 'offline',
    says: /not valid at the time that this machine shows.*clock/,
  },
  {
    cause: 'proxy that asks for credentials, by Node',
    given: network('UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling'),
    kind: 'offline',
    says: CREDENTIALS,
  },
  {
    cause: 'proxy that asks for credentials, by a tunnel',
    given: network('ECONNRESET', 'tunneling socket could not be established, statusCode=407'),
    kind: 'offline',
    says: CREDENTIALS,
  },
  {
    cause: 'proxy that asks for credentials, by Chromium',
    given: new TypeError('net::ERR_PROXY_AUTH_UNSUPPORTED'),
    kind: 'offline',
    says: CREDENTIALS,
  },
  {
    cause: 'proxy that asks for credentials in the place of an answer',
    given: page(407, '<h1>Proxy Authentication Required</h1>'),
    kind: 'offline',
    says: CREDENTIALS,
  },
  {
    cause: 'proxy that does not connect',
    given: network('UND_ERR_ABORTED', 'Proxy response (502) !== 200 when HTTP Tunneling'),
    kind: 'offline',
    says: /the proxy does not connect to Cloudflare. Check the setting “http.proxy”/,
  },
  {
    cause: 'page of a firewall',
    given: page(403, `<p>Cloudflare Ray ID: <strong>${RAY}</strong></p>`),
    kind: 'forbidden',
    says: new RegExp(`a firewall of Cloudflare stops the request .*Ray ID ${RAY}`),
    isStopped: true,
  },
  {
    cause: 'page of a company',
    given: page(403, '<h1>Blocked by policy</h1>'),
    kind: 'forbidden',
    says: /a proxy or firewall .*HTTP 403.*let api.cloudflare.com through/,
    isStopped: true,
  },
  {
    cause: 'token that is bound to other addresses',
    given: answer(403, { code: 9109, message: 'Cannot use the access token from location: 192.0.2.1' }),
    kind: 'forbidden',
    says: /may not be used from this network.*IP addresses/,
    isStopped: true,
  },
  {
    cause: 'account of somebody else',
    given: answer(403, { code: 9109, message: 'Unauthorized to access requested resource' }),
    kind: 'forbidden',
    says: PERMISSION,
    asksFor: 'another',
  },
  {
    cause: 'permission that is missing',
    given: answer(403, { code: 10000, message: 'Authentication error' }),
    kind: 'forbidden',
    says: PERMISSION,
    asksFor: 'another',
  },
  {
    cause: 'credential that has expired',
    given: answer(401, { code: 10000, message: 'Authentication error' }),
    kind: 'unauthenticated',
    says: /does not accept the sign-in: it has expired or was revoked. Sign in again/,
    asksFor: 'renewed',
  },
  {
    cause: 'credential that is none',
    given: answer(400, { code: 6003 }, { code: 6111 }),
    kind: 'unauthenticated',
    says: /Sign in again/,
    asksFor: 'renewed',
  },
  {
    cause: 'sign-in that cannot be read',
    given: { kind: 'noCredential', detail: 'the keyring is locked' },
    kind: 'unauthenticated',
    says: /could not be read from where it is kept/,
  },
  {
    cause: 'budget that is used up by us',
    given: { kind: 'overBudget', retryAfterMs: 60_000, detail: 'x' },
    kind: 'rateLimited',
    says: /Try again in 60 s/,
  },
  {
    cause: 'budget that is used up by others',
    given: answer(429, { code: 971 }),
    kind: 'rateLimited',
    says: /too many requests .*Wait a few minutes/,
  },
  {
    cause: 'name that nobody knows',
    given: network('ENOTFOUND', 'getaddrinfo ENOTFOUND api.cloudflare.com'),
    kind: 'offline',
    says: /cannot be found by its name.*DNS/,
  },
  {
    cause: 'names that nobody looks up',
    given: network('EAI_AGAIN'),
    kind: 'offline',
    says: /cannot be found by its name.*DNS/,
  },
  {
    cause: 'nobody there',
    given: network('ECONNREFUSED'),
    kind: 'offline',
    says: /Cloudflare cannot be reached. Check the connection/,
  },
  {
    cause: 'connection that breaks',
    given: network('ECONNRESET'),
    kind: 'offline',
    says: /Cloudflare cannot be reached. Check the connection/,
  },
];

/** Where the request was sent, and nobody knows what became of it. */
const UNCERTAIN = new Set(['connection that breaks']);

describe('what is told as the cause', () => {
  const clients = new Clients('https://api.example/client/v4');
  before(async () => {
    await clients.client(TOKEN);
  });

  for (const { cause, given, kind, says, asksFor, isStopped } of rows) {
    it(`is ${cause}`, () => {
      const failure = given instanceof Error ? clients.failureOf(given, 'listKeys', TOKEN) : given;
      const error = toKvError(new FailedRequest(failure), listingKeys);
      assert.equal(error.kind, kind);
      assert.match(error.message, says);
      assert.equal(error.stopped, isStopped);
      const asks = isNotAccepted(failure) ? 'renewed' : isForbidden(failure) ? 'another' : undefined;
      assert.equal(asks, asksFor);
      assert.equal(maybeDone(failure), UNCERTAIN.has(cause));
    });
  }
});
