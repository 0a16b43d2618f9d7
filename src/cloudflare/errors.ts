import * as l10n from '@vscode/l10n';
import { type ErrorPage, pageOfCode } from '../core/base/errorPages.ts';
import { isKvError, KvError, type KvErrorKind } from '../core/base/errors.ts';
import { isRateLimited } from './backoff.ts';
import * as codes from './codes.ts';
import { FailedRequest, type Failure, hasCode, isNotAccepted, type Obstacle } from './failure.ts';

/** What has failed, in words for the user. */
export interface Subject {
  /** Returns the whole sentence; `reason` is its second half. */
  readonly sentence: (reason: string) => string;
  /** The sentence for a lost answer, if it differs. */
  readonly perhaps?: (reason: string) => string;
  readonly permission: Permission;
}

/** The names in the dashboard. */
type Permission =
  | 'Workers KV Storage: Read'
  | 'Workers KV Storage: Edit'
  | 'Account Settings: Read'
  | 'Account Analytics: Read'
  | 'Workers Scripts: Edit'
  | 'Workers R2 Storage: Edit';

const READ = 'Workers KV Storage: Read';
const EDIT = 'Workers KV Storage: Edit';

export const listingKeys: Subject = {
  sentence: (reason) => l10n.t('The keys could not be listed: {0}', reason),
  permission: READ,
};
export const listingNamespaces: Subject = {
  sentence: (reason) => l10n.t('The namespaces could not be listed: {0}', reason),
  permission: READ,
};
export const listingAccounts: Subject = {
  sentence: (reason) => l10n.t('The accounts could not be listed: {0}', reason),
  permission: 'Account Settings: Read',
};
export const readingUsage: Subject = {
  sentence: (reason) => l10n.t('The usage could not be read: {0}', reason),
  permission: 'Account Analytics: Read',
};
export const checkingToken: Subject = {
  sentence: (reason) => l10n.t('The token could not be checked: {0}', reason),
  permission: READ,
};
export const checkingWrites: Subject = { ...checkingToken, permission: EDIT };
export const reading = (key: string): Subject => ({
  sentence: (reason) => l10n.t('“{0}” could not be read: {1}', key, reason),
  permission: READ,
});
export const writing = (key: string): Subject => ({
  sentence: (reason) => l10n.t('“{0}” was not written: {1}', key, reason),
  perhaps: (reason) => l10n.t('It is not certain whether “{0}” was written: {1}', key, reason),
  permission: EDIT,
});
export const deleting = (key: string): Subject => ({
  sentence: (reason) => l10n.t('“{0}” was not deleted: {1}', key, reason),
  perhaps: (reason) => l10n.t('It is not certain whether “{0}” was deleted: {1}', key, reason),
  permission: EDIT,
});
export const creatingNamespace = (title: string): Subject => ({
  sentence: (reason) => l10n.t('The namespace “{0}” was not created: {1}', title, reason),
  permission: EDIT,
});
export const renamingNamespace: Subject = {
  sentence: (reason) => l10n.t('The namespace was not renamed: {0}', reason),
  permission: EDIT,
};
export const deletingNamespace: Subject = {
  sentence: (reason) => l10n.t('The namespace was not deleted: {0}', reason),
  permission: EDIT,
};

/** Converts the rejection of a request to a KvError. Details of the failure go into `cause`, for the log. */
export function toKvError(error: unknown, subject: Subject): KvError {
  if (isKvError(error)) return error;
  const failure: Failure =
    error instanceof FailedRequest
      ? error.failure
      : { kind: 'strange', detail: error instanceof Error ? error.name : '' };
  const [kind, reason, stopped = false] = explain(failure, subject.permission);
  const cause = new Error(failure.detail);
  return new KvError(kind, subject.sentence(reason), { cause, stopped, page: pageOf(failure) });
}

/** The page that explains it; `undefined` if the API was not involved. */
function pageOf(failure: Failure): ErrorPage | undefined {
  if (failure.kind === 'overBudget') return 'api-rate';
  if (failure.kind !== 'refused' || failure.page !== undefined) return undefined;
  const page = failure.codes.map(pageOfCode).find((one) => one !== undefined);
  return page ?? (isRateLimited(failure) ? 'api-rate' : undefined);
}

/**
 * Like {@link toKvError}, for a write whose answer was lost: whatever ended it, nobody knows whether it was done.
 * `cancelled` stays `cancelled`.
 */
export function toUncertain(error: unknown, subject: Subject): KvError {
  const { sentence, perhaps = sentence, ...rest } = subject;
  if (isKvError(error)) {
    const message = error.kind === 'cancelled' ? error.message : perhaps(error.message);
    return new KvError(error.kind, message, { cause: error.cause, uncertain: true, page: error.page });
  }
  const { kind, message, cause, page } = toKvError(error, { ...rest, sentence: perhaps });
  return new KvError(kind, message, { cause, uncertain: true, page });
}

/** Resolves to the result of the work, or rejects with an error about the subject. */
export async function about<T>(subject: Subject, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toKvError(error, subject);
  }
}

/** `stopped` has the meaning it has in {@link KvError}. */
type Explanation = readonly [kind: KvErrorKind, reason: string, stopped?: boolean];

function explain(failure: Failure, permission: Permission): Explanation {
  switch (failure.kind) {
    case 'refused':
      return refused(failure, permission);
    case 'unreachable':
      return ['offline', unreachable(failure.obstacle)];
    case 'timeout':
      return ['offline', l10n.t('Cloudflare did not answer in time. Check the connection and try again.')];
    case 'redirected':
      return [
        'server',
        l10n.t('the server wants to send the request elsewhere, which is not allowed. Check the address of the API.'),
      ];
    case 'strange':
      return [
        'server',
        l10n.t(
          'the answer is not one of the Cloudflare API. Something in between, such as a proxy, may have changed it.',
        ),
      ];
    case 'noCredential':
      return [
        'unauthenticated',
        l10n.t('the sign-in could not be read from where it is kept. Try again, or sign in again.'),
      ];
    case 'overBudget':
      return ['rateLimited', tooOften(failure.retryAfterMs)];
  }
}

function unreachable(obstacle: Obstacle | undefined): string {
  switch (obstacle) {
    case 'certificate':
      return l10n.t(
        'the connection is not trusted: its certificate is of an authority that this machine does not know, often that of a company’s proxy. Add it to the certificates of the system, or set NODE_EXTRA_CA_CERTS, and start VS Code again.',
      );
    case 'clock':
      return l10n.t(
        'the certificate of the connection is not valid at the time that this machine shows. Check the date and the clock of the system.',
      );
    case 'proxy':
      return l10n.t('the proxy does not connect to Cloudflare. Check the setting “http.proxy” and what it asks for.');
    case 'proxyCredentials':
      return l10n.t(
        'the proxy wants to know first who asks (HTTP 407). Put a name and a password into the setting “http.proxy” (http://name:password@host:port), or set “http.proxyAuthorization”, and try again.',
      );
    case 'name':
      return l10n.t('Cloudflare cannot be found by its name. Check the connection, a VPN and the DNS, and try again.');
    case undefined:
      return l10n.t('Cloudflare cannot be reached. Check the connection and try again.');
  }
}

/** Statuses with which proxies and firewalls block a request. */
const BLOCKING: ReadonlySet<number> = new Set([400, 401, 403, 406, 451]);

/** Explains a page that came instead of an answer, by its status. */
function blocked({ status, page }: Failure & { kind: 'refused' }): Explanation | undefined {
  if (page === undefined || !BLOCKING.has(status)) return undefined;
  if (page.rayId !== undefined) {
    return [
      'forbidden',
      l10n.t(
        'a firewall of Cloudflare stops the request before it reaches the API (Ray ID {0}). Something in the key or the value looks like an attack to it. Use another network or name, or tell Cloudflare the Ray ID.',
        page.rayId,
      ),
      true,
    ];
  }
  return [
    'forbidden',
    l10n.t(
      'a proxy or firewall between here and Cloudflare stops the request (HTTP {0}). Ask who runs this network to let api.cloudflare.com through, or use another one.',
      status,
    ),
    true,
  ];
}

function refused(failure: Failure & { kind: 'refused' }, permission: Permission): Explanation {
  const { status, account } = failure;
  const has = (...some: readonly number[]): boolean => hasCode(failure, ...some);
  if (has(codes.DAILY_LIMIT)) {
    return [
      'rateLimited',
      l10n.t('the daily limit of the free plan is reached. It starts anew at 00:00 UTC; the paid plan has none.'),
    ];
  }
  if (isRateLimited(failure)) {
    return has(codes.KEY_TOO_OFTEN)
      ? ['rateLimited', l10n.t('KV takes one write per second for a key. Wait a moment and try again.')]
      : ['rateLimited', tooOften(failure.retryAfterMs)];
  }
  const stopped = blocked(failure);
  if (stopped) return stopped;
  if (failure.isElsewhere) {
    return [
      'forbidden',
      l10n.t(
        'the token may not be used from this network: it is bound to certain IP addresses. Use it from there, or allow this address in the token’s settings.',
      ),
      true,
    ];
  }
  if (isNotAccepted(failure)) {
    return [
      'unauthenticated',
      account === undefined
        ? l10n.t('Cloudflare does not accept the sign-in: it has expired or was revoked. Sign in again.')
        : l10n.t(
            'Cloudflare does not accept the sign-in for “{0}”: it has expired or was revoked. Sign in again.',
            account,
          ),
    ];
  }
  if (status === 403 || has(...codes.NOT_ALLOWED)) {
    return [
      'forbidden',
      account === undefined
        ? l10n.t(
            'the sign-in lacks the permission “{0}” for this account, or is that of somebody who has no access to it. Sign in with one that has it.',
            permission,
          )
        : l10n.t(
            'the sign-in lacks the permission “{0}” for “{1}”, or is that of somebody who has no access to it. Sign in with one that has it.',
            permission,
            account,
          ),
    ];
  }
  return refusedInput(failure) ?? ['server', serverSentence(status)];
}

/** What is wrong with the input. */
function refusedInput(failure: Failure & { kind: 'refused' }): Explanation | undefined {
  const has = (...some: readonly number[]): boolean => hasCode(failure, ...some);
  if (has(codes.KEY_NOT_FOUND)) {
    return ['notFound', l10n.t('the key does not exist any more. Refresh to see the keys as they are.')];
  }
  if (has(codes.NAMESPACE_NOT_FOUND, ...codes.NO_SUCH_PLACE)) {
    return [
      'namespaceNotFound',
      l10n.t('the account has no such namespace (any more). Refresh to see the namespaces as they are.'),
    ];
  }
  if (has(codes.TITLE_EXISTS)) {
    return ['conflict', l10n.t('the account has a namespace with this title already. Choose another one.')];
  }
  if (has(codes.TOO_MANY_NAMESPACES)) {
    return ['invalidInput', l10n.t('the account has as many namespaces as it may. Delete one that is not needed.')];
  }
  if (has(codes.TOO_LARGE) || failure.status === 413) {
    return ['tooLarge', l10n.t('it is more than KV takes at once: a value has 25 MiB at most.')];
  }
  if (has(...codes.BAD_EXPIRATION)) {
    return [
      'invalidInput',
      l10n.t('KV needs an expiration at least 60 s ahead by its own clock. Choose a later one, or none.'),
    ];
  }
  if (has(...codes.BAD_KEY) || failure.status === 414) return ['invalidInput', l10n.t('KV does not take this key.')];
  if (has(codes.BAD_METADATA)) return ['invalidInput', l10n.t('KV does not take this metadata.')];
  if (has(codes.BAD_CURSOR)) return ['invalidInput', l10n.t('the listing is too old to go on. Refresh to start anew.')];
  if (failure.status >= 400 && failure.status < 500 && failure.codes.length > 0) {
    return [
      'invalidInput',
      l10n.t('Cloudflare refuses the request (code {0}). The log has more.', failure.codes.join(', ')),
    ];
  }
  return undefined;
}

const serverSentence = (status: number): string =>
  status >= 500
    ? l10n.t('Cloudflare has a problem of its own at the moment (HTTP {0}). Try again later.', status)
    : l10n.t('the server answers in a way that Cloudflare does not (HTTP {0}). Check the address of the API.', status);

function tooOften(retryAfterMs: number | undefined): string {
  if (!retryAfterMs) {
    return l10n.t('too many requests were sent to Cloudflare with this sign-in. Wait a few minutes and try again.');
  }
  const seconds = Math.ceil(retryAfterMs / 1000);
  return l10n.t('too many requests were sent to Cloudflare with this sign-in. Try again in {0} s.', seconds);
}
