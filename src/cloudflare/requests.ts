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
  /** For the log: what it does, without keys or ids. */
  readonly name: string;
  readonly priority: Priority;
  /** `once`: it must not be sent again when the answer is lost. Otherwise doing it twice must do no harm. */
  readonly repeat?: 'once';
  /** For what overwrites something: it is not sent, nor sent again, on a read that may be out of date. */
  readonly compared?: Comparison | undefined;
  /** Bytes to send: a large body gets more time. */
  readonly uploadBytes?: number;
  readonly signal?: AbortSignal | undefined;
  /** The signal ends only the waiting: a request that is under way is heard to its end. */
  readonly letFinish?: boolean | undefined;
  /** The answer may be the result alone, without the API's own form around it. */
  readonly flat?: boolean;
  /** Where the metadata of entries stands in the answer, which is to keep its text; `*` stands for any name. */
  readonly metadata?: readonly string[];
  readonly send: (client: SdkClient, options: { signal: AbortSignal; timeout: number }) => Promise<Response>;
}

/** A value as it came; any other answer is JSON with `success`. */
export interface BytesReply {
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

export interface RequestsOptions {
  /** The name of the account that is asked, for what its sign-in is refused. */
  readonly account?: string | undefined;
  readonly clients: Clients;
  readonly credential: Credential;
  readonly budget: Budget;
  /** Learns the time from every answer of the API. */
  readonly clock?: ServerClock | undefined;
  /** Learns from every request how the account can be reached, and holds back what would be refused again. */
  readonly connection?: Connection | undefined;
  readonly timing?: Timing | undefined;
  /** 0 to 1. */
  readonly random?: (() => number) | undefined;
  readonly patience?: Patience | undefined;
}

/** A request has failed without an answer for so long, or without a further part of it; in milliseconds. */
export interface Patience {
  /** Until the headers; a large body gets more, and what somebody waits for no more than is left of its time. */
  readonly answerMs: number;
  readonly stallMs: number;
}

/** The slowest line that an upload is given time for. */
const BYTES_PER_MS = 50;
const PATIENCE: Readonly<Record<Priority, Patience>> = {
  interactive: { answerMs: 12_000, stallMs: 8000 },
  background: { answerMs: 60_000, stallMs: 30_000 },
};
/** A write that is not answered is not sent again: it has all the time that there is. */
const WRITE_PATIENCE: typeof PATIENCE = { ...PATIENCE, interactive: { answerMs: 20_000, stallMs: 8000 } };
/** How long a request of each kind may wait in all before it is sent or sent again. */
const WAITING_MS: Readonly<Record<Priority, number>> = { interactive: 20_000, background: 15 * 60_000 };
/**
 * What somebody waits for has its answer, or has failed, so long after it was asked for, waits and repetitions
 * included; an upload has more. What follows a failed write, to see what became of it, must fit into half a minute with
 * it.
 */
const DEADLINE_MS = 20_000;
/** The same while the last request found nobody. */
const OFFLINE_DEADLINE_MS = 4000;
const VALUE_TYPE = 'application/octet-stream';

/**
 * Sends requests: within the budget, again where that helps and does no harm, with a new token when one is refused.
 * Rejects with {@link FailedRequest}, `cancelled`, the credential's own KvError, or as the comparison's review does,
 * with {@link NothingToSend} when that leaves nothing.
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

  /** The answer of the GraphQL API, whose form is its own; it may have errors beside data. */
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
        // Without a code it need not be Cloudflare that answers.
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
        // The login may be another one by now, here or in another window.
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

  /** Of this account: one that was held may have been another's. */
  #named(failure: Failure): Failure {
    const { account } = this.#options;
    return failure.kind === 'refused' && account !== undefined ? { ...failure, account } : failure;
  }

  /** Another one than was refused. Nothing of this attempt was sent when there is none. */
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

  /** What the failure that ends a request says of the connection. */
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

  /** Waits until a request may start, to what must be called at its end. What it relies on was read just before. */
  async #turn({ priority, signal, compared }: Call, waiting: Waiting): Promise<EndRequest> {
    const isStale = (): boolean => compared !== undefined && this.#timing.now() - compared.readAt > FRESH_MS;
    for (;;) {
      // The turn is not kept meanwhile: reading needs turns, too.
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
      // The SDK's own limit ends with the headers; it must not come before ours, which goes on.
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

/** The token was refused lately: nothing was sent. */
class Held extends FailedRequest {}

/** How a call stands that has not been answered yet. */
interface Waiting {
  /** How long it may wait still; the requests themselves have limits of their own. */
  patienceMs: number;
  /** By the clock of the requests. */
  readonly deadline: number;
}

const typeOf = ({ headers }: BytesReply): string => (headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';

/** The API's own form of an answer, which tells whether there was `success`. */
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

/** One of the errors that an answer of the GraphQL API has. */
export interface GraphqlError {
  readonly message: string;
  /** `authz` where the token may not see it. */
  readonly code: string;
  /** Which part of the question it is about; empty for all of it. */
  readonly path: readonly unknown[];
}

const toGraphqlError = ({ message, extensions, path }: Table): GraphqlError => ({
  message: typeof message === 'string' ? message : '',
  code: isTable(extensions) && typeof extensions.code === 'string' ? extensions.code : '',
  path: isList(path) ? path : [],
});

/** What is wrong with an answer although its status is good. */
function failureIn(reply: BytesReply, answer: Table | undefined, redact: (detail: string) => string): Failure {
  if (answer === undefined) return { kind: 'strange', detail: redact(`another answer, ${typeOf(reply)}`) };
  const { errors } = answer;
  return { kind: 'refused', status: 200, codes: codesOf(errors), detail: redact(`HTTP 200, ${summary(errors)}`) };
}
