import { throwIfCancelled, untilCancelled } from '../core/base/cancel.ts';
import { errorText, isKvError } from '../core/base/errors.ts';
import { isTable, type Table } from '../core/base/table.ts';
import { realTiming, type Timing } from '../core/base/timing.ts';
import { parseJson, parseWithMetadata } from '../core/entry/metadataJson.ts';
import { delayBefore, isRateLimited, pauseFor } from './backoff.ts';
import type { Budget, EndRequest, Priority } from './budget.ts';
import { type Clients, codesOf, type SdkClient, summary } from './client.ts';
import { type Comparison, FRESH_MS, NothingToSend } from './comparison.ts';
import type { Connection } from './connection.ts';
import type { Credential } from './credential.ts';
import { FailedRequest, type Failure, isForbidden, isNotAccepted, maybeDone, redacted } from './failure.ts';
import { isList, tablesOf } from './json.ts';
import type { ServerClock } from './serverClock.ts';
import { Watchdog } from './watchdog.ts';

export interface Call {
  /** For the log: what the request does, without keys or ids. */
  readonly name: string;
  readonly priority: Priority;
  /** `once`: it must not be sent again if the answer is lost. Otherwise, carrying it out twice must do no harm. */
  readonly repeat?: 'once';
  /** For a request that overwrites something: it is not sent, or sent again, if what it relies on may be outdated. */
  readonly compared?: Comparison | undefined;
  /** Number of bytes to send: a large body gets more time. */
  readonly uploadBytes?: number;
  readonly signal?: AbortSignal | undefined;
  /** The signal only ends the wait to send; a request already sent is awaited to its end. */
  readonly letFinish?: boolean | undefined;
  /** The answer may be the bare result, without the API's envelope. */
  readonly flat?: boolean;
  /** Path to the metadata of entries in the answer, whose original text is kept; `*` stands for any name. */
  readonly metadata?: readonly string[];
  readonly send: (client: SdkClient, options: { signal: AbortSignal; timeout: number }) => Promise<Response>;
}

/** A value as it was received; any other answer is JSON with `success`. */
export interface BytesReply {
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

export interface RequestsOptions {
  /** The name of the account, for errors that concern its sign-in. */
  readonly account?: string | undefined;
  readonly clients: Clients;
  readonly credential: Credential;
  readonly budget: Budget;
  /** Learns the time from every answer of the API. */
  readonly clock?: ServerClock | undefined;
  /**
   * Learns from every request whether the account can be reached, and holds back requests that would be refused again.
   */
  readonly connection?: Connection | undefined;
  readonly timing?: Timing | undefined;
  /** Returns a number between 0 and 1. */
  readonly random?: (() => number) | undefined;
  readonly patience?: Patience | undefined;
}

/** Milliseconds without an answer, or without a further part of it, after which a request fails. */
export interface Patience {
  /**
   * Time until the headers arrive. A large body gets more; an interactive request gets no more than is left until its
   * deadline.
   */
  readonly answerMs: number;
  readonly stallMs: number;
}

/** The slowest upload speed that is allowed for. */
const BYTES_PER_MS = 50;
const PATIENCE: Readonly<Record<Priority, Patience>> = {
  interactive: { answerMs: 12_000, stallMs: 8000 },
  background: { answerMs: 60_000, stallMs: 30_000 },
};
/** A write whose answer is lost is not simply sent again, so it gets all of the time. */
const WRITE_PATIENCE: typeof PATIENCE = { ...PATIENCE, interactive: { answerMs: 20_000, stallMs: 8000 } };
/** How long a request may wait in total before it is sent or sent again. */
const WAITING_MS: Readonly<Record<Priority, number>> = { interactive: 20_000, background: 15 * 60_000 };
/**
 * An interactive request succeeds or fails within this time, including all waits and retries; an upload gets more.
 * Together with the check that follows a failed write, it must stay within half a minute.
 */
const DEADLINE_MS = 20_000;
/** The deadline if the last request could not reach Cloudflare. */
const OFFLINE_DEADLINE_MS = 4000;
const VALUE_TYPE = 'application/octet-stream';

/**
 * Sends requests: within the budget, again if that helps and does no harm, and with a new token if one is refused.
 * Rejects with {@link FailedRequest}, `cancelled`, the credential's own KvError, an error of the comparison's review,
 * or {@link NothingToSend} if the review leaves nothing to send.
 */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #timing: Timing;
  readonly #random: () => number;

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.#timing = options.timing ?? realTiming;
    this.#random = options.random ?? Math.random;
  }

  /** The answer of a JSON call: an object whose `success` is true. */
  async json(call: Call): Promise<Table> {
    return await this.#run(call, (reply, redact) => {
      const answer = envelopeOf(reply, call.metadata);
      if (answer?.success === true) return answer;
      const result = call.flat && answer === undefined ? jsonOf(reply) : undefined;
      if (result) return { success: true, result };
      throw new FailedRequest(failureIn(reply, answer, redact));
    });
  }

  /** The answer of the GraphQL API, which has its own format and may contain errors as well as data. */
  async graphql(call: Call): Promise<{ readonly data: unknown; readonly errors: readonly GraphqlError[] }> {
    return await this.#run(call, (reply, redact) => {
      const answer = jsonOf(reply);
      const errors = tablesOf(answer?.errors).map(toGraphqlError);
      if (isTable(answer?.data) || errors.length > 0) return { data: answer?.data, errors };
      throw new FailedRequest(failureIn(reply, envelopeOf(reply), redact));
    });
  }

  /** The bytes of a value. */
  async bytes(call: Call): Promise<BytesReply> {
    return await this.#run(call, (reply, redact) => {
      if (typeOf(reply) === VALUE_TYPE) return reply;
      const answer = envelopeOf(reply);
      throw new FailedRequest(failureIn(reply, answer?.success === false ? answer : undefined, redact));
    });
  }

  async #run<T>(call: Call, check: (reply: BytesReply, redact: (detail: string) => string) => T): Promise<T> {
    const { signal, name, compared } = call;
    const { budget, clients, clock, connection } = this.#options;
    const waiting: Waiting = { patienceMs: WAITING_MS[call.priority], deadline: this.#deadlineOf(call) };
    let refused: Refused | undefined;
    for (let attempt = 1; ; attempt++) {
      throwIfCancelled(signal);
      const token = await this.#token(call, refused);
      const client = await clients.client(token);
      const end = await this.#turn(call, waiting);
      let failure: Failure;
      try {
        const held = connection?.refusalOf(token);
        if (held) {
          end('unused');
          throw new Held(held);
        }
        const reply = await this.#attempt(call, client, waiting);
        const answer = check(reply, (detail) => redacted(`${name}: ${detail}`, token));
        clock?.observe(reply.headers);
        connection?.answered(token);
        return answer;
      } catch (error) {
        if (error instanceof Held) throw new FailedRequest(this.#named(error.failure));
        failure = this.#named(error instanceof FailedRequest ? error.failure : clients.failureOf(error, name, token));
        const headers = clients.headersOf(error);
        // An answer without a code may not come from Cloudflare.
        const isAnswer = failure.kind === 'refused' && failure.codes.length > 0;
        if (isAnswer && headers) clock?.observe(headers);
        if (isAnswer && !isNotAccepted(failure)) connection?.answered(token);
      } finally {
        end();
      }
      if (maybeDone(failure)) compared?.lose(failure);
      if (!call.letFinish) throwIfCancelled(signal);
      const pause = pauseFor(failure);
      if (pause > 0) budget.pause(pause);
      if (isNotAccepted(failure)) {
        connection?.refused(token, failure);
        if (refused === undefined) {
          refused = { token, failure };
          continue;
        }
      }
      if (isForbidden(failure) && refused === undefined && connection?.mayAskInstead(token)) {
        // The user may have logged in differently since, here or in another window.
        const other = await this.#options.credential(token).catch(() => token);
        if (other !== token) {
          refused = { token, failure };
          continue;
        }
      }
      const delay = delayBefore(failure, attempt, this.#random());
      const isFinal = call.repeat === 'once' && !isRateLimited(failure);
      const isTooLate = delay !== undefined && this.#timing.now() + delay >= waiting.deadline;
      if (delay === undefined || isFinal || isTooLate || delay > waiting.patienceMs) {
        this.#tell(failure);
        throw new FailedRequest(failure);
      }
      await this.#timing.sleep(delay, signal);
      waiting.patienceMs -= delay;
    }
  }

  /** Sets this account's name, because a held-back failure may come from another account. */
  #named(failure: Failure): Failure {
    const { account } = this.#options;
    return failure.kind === 'refused' && account !== undefined ? { ...failure, account } : failure;
  }

  /** A token other than the refused one. If there is none, it rejects, and nothing of this attempt was sent. */
  async #token({ name, signal }: Call, refused: Refused | undefined): Promise<string> {
    let token: string;
    try {
      token = await untilCancelled(this.#options.credential(refused?.token), signal);
    } catch (error) {
      if (isKvError(error, 'unauthenticated')) this.#options.connection?.signedOut();
      if (isKvError(error)) throw error;
      const detail = redacted(`${name}: ${errorText(error)}`, refused?.token);
      throw new FailedRequest({ kind: 'noCredential', detail });
    }
    if (token !== refused?.token) return token;
    this.#options.connection?.signedOut();
    throw new FailedRequest(refused.failure);
  }

  #deadlineOf({ priority, uploadBytes = 0 }: Call): number {
    if (priority === 'background') return Number.POSITIVE_INFINITY;
    const isOffline = this.#options.connection?.state === 'offline';
    return this.#timing.now() + (isOffline ? OFFLINE_DEADLINE_MS : DEADLINE_MS) + uploadBytes / BYTES_PER_MS;
  }

  /** Reports what the final failure of a request says about the connection. */
  #tell(failure: Failure): void {
    const { connection } = this.#options;
    switch (failure.kind) {
      case 'unreachable':
      case 'timeout':
        connection?.unreachable();
        return;
      case 'refused':
        if (isNotAccepted(failure)) connection?.signedOut();
        return;
      case 'redirected':
      case 'strange':
      case 'noCredential':
      case 'overBudget':
        return;
    }
  }

  /**
   * Waits until a request may start, and resolves to a function to call at its end. Makes sure that what the request
   * relies on was read recently.
   */
  async #turn({ priority, signal, compared }: Call, waiting: Waiting): Promise<EndRequest> {
    const isStale = (): boolean => compared !== undefined && this.#timing.now() - compared.readAt > FRESH_MS;
    for (;;) {
      // The turn is given up meanwhile, because reading needs turns too.
      if (compared && isStale() && !(await this.#before(waiting.deadline, compared.review())))
        throw new NothingToSend();
      const asked = this.#timing.now();
      const patienceMs = Math.max(0, Math.min(waiting.patienceMs, waiting.deadline - asked));
      const end = await this.#options.budget.acquire(priority, patienceMs, signal);
      waiting.patienceMs -= this.#timing.now() - asked;
      if (!isStale()) {
        try {
          compared?.checkWritable();
        } catch (error) {
          end('unused');
          throw error;
        }
        return end;
      }
      end('unused');
    }
  }

  async #before<T>(deadline: number, work: Promise<T>): Promise<T> {
    if (deadline === Number.POSITIVE_INFINITY) return await work;
    const { promise, reject } = Promise.withResolvers<never>();
    const late = (): void => reject(new FailedRequest({ kind: 'timeout', detail: 'not read again in time' }));
    const turnOff = this.#timing.alarm(Math.max(0, deadline - this.#timing.now()), late);
    try {
      return await Promise.race([work, promise]);
    } finally {
      turnOff();
    }
  }

  async #attempt(call: Call, client: SdkClient, { deadline }: Waiting): Promise<BytesReply> {
    const { name, send, uploadBytes = 0, signal, letFinish, priority, compared } = call;
    const { budget } = this.#options;
    const patience = this.#options.patience ?? (compared ? WRITE_PATIENCE : PATIENCE)[priority];
    const answerMs = Math.min(
      patience.answerMs + uploadBytes / BYTES_PER_MS,
      Math.max(0, deadline - this.#timing.now()),
    );
    const watchdog = new Watchdog(this.#timing, answerMs, letFinish ? undefined : signal);
    try {
      // The SDK's timeout covers only the headers. It must not come before the watchdog's, which also covers the body.
      const response = await send(client, { signal: watchdog.signal, timeout: Math.ceil(answerMs) + 1000 });
      budget.observe(response.headers);
      const bytes = await watchdog.body(response, patience.stallMs);
      return { headers: response.headers, bytes };
    } catch (error) {
      if (!watchdog.hasBitten) throw error;
      throw new FailedRequest({ kind: 'timeout', detail: `${name}: no answer in time` });
    } finally {
      watchdog.dispose();
    }
  }
}

/** A token that was not accepted. */
interface Refused {
  readonly token: string;
  readonly failure: Failure;
}

/** The token was refused recently, so nothing was sent. */
class Held extends FailedRequest {}

/** The state of a call that has not been answered yet. */
interface Waiting {
  /** How much longer it may wait; the requests themselves have their own limits. */
  patienceMs: number;
  /** By the clock of the requests. */
  readonly deadline: number;
}

const typeOf = ({ headers }: BytesReply): string => (headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';

/** Parses the API's envelope, which has `success`; `undefined` for anything else. */
function envelopeOf({ bytes }: BytesReply, metadata: readonly string[] = []): Table | undefined {
  try {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    const json: unknown = metadata.length > 0 ? parseWithMetadata(text, metadata) : parseJson(text);
    return isTable(json) && typeof json.success === 'boolean' ? json : undefined;
  } catch (error) {
    if (isKvError(error)) throw error;
    return undefined;
  }
}

function jsonOf({ bytes }: BytesReply): Table | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isTable(json) && json.success === undefined ? json : undefined;
  } catch {
    return undefined;
  }
}

/** An error in an answer of the GraphQL API. */
export interface GraphqlError {
  readonly message: string;
  /** `authz` if the token has no permission. */
  readonly code: string;
  /** The part of the query that it concerns; empty for all of it. */
  readonly path: readonly unknown[];
}

const toGraphqlError = ({ message, extensions, path }: Table): GraphqlError => ({
  message: typeof message === 'string' ? message : '',
  code: isTable(extensions) && typeof extensions.code === 'string' ? extensions.code : '',
  path: isList(path) ? path : [],
});

/** What is wrong with an answer although its status is fine. */
function failureIn(reply: BytesReply, answer: Table | undefined, redact: (detail: string) => string): Failure {
  if (answer === undefined) return { kind: 'strange', detail: redact(`another answer, ${typeOf(reply)}`) };
  const { errors } = answer;
  return { kind: 'refused', status: 200, codes: codesOf(errors), detail: redact(`HTTP 200, ${summary(errors)}`) };
}
