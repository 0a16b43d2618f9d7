import { throwIfCancelled, untilCancelled } from '../core/base/cancel.ts';
import { isKvError } from '../core/base/errors.ts';
import { realTiming, type Timing } from '../core/base/timing.ts';
import { parseJson, parseWithMetadata } from '../core/entry/metadataJson.ts';
import { delayBefore, isRateLimited, pauseFor } from './backoff.ts';
import type { Budget, Priority } from './budget.ts';
import { type Clients, codesOf, type SdkClient, summary } from './client.ts';
import type { Credential } from './credential.ts';
import { FailedRequest, type Failure, redacted } from './failure.ts';
import { isTable, type Table } from './json.ts';
import { Watchdog } from './watchdog.ts';

export interface Call {
  /** For the log: what it does, without keys or ids. */
  readonly name: string;
  readonly priority: Priority;
  /** `once`: it must not be sent again when the answer is lost. Otherwise doing it twice must do no harm. */
  readonly repeat?: 'once';
  /** Bytes to send: a large body gets more time. */
  readonly uploadBytes?: number;
  readonly signal?: AbortSignal | undefined;
  /** The signal ends only the waiting: a request that is under way is heard to its end. */
  readonly letFinish?: boolean | undefined;
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
  readonly clients: Clients;
  readonly credential: Credential;
  readonly budget: Budget;
  readonly timing?: Timing | undefined;
  /** 0 to 1. */
  readonly random?: (() => number) | undefined;
  readonly patience?: Patience | undefined;
}

/** A request has failed without an answer for so long, or without a further part of it; in milliseconds. */
export interface Patience {
  /** Until the headers; a large body gets more. */
  readonly answerMs: number;
  readonly stallMs: number;
}

/** The slowest line that an upload is given time for. */
const BYTES_PER_MS = 50;
const PATIENCE: Patience = { answerMs: 60_000, stallMs: 30_000 };
/** How long a request of each kind may wait in all before it is sent or sent again. */
const WAITING_MS: Readonly<Record<Priority, number>> = { interactive: 20_000, background: 15 * 60_000 };
const VALUE_TYPE = 'application/octet-stream';

/**
 * Sends requests: within the budget, again where that helps and does no harm, with a new token when one is refused.
 * Rejects with {@link FailedRequest}, `cancelled`, or the credential's own KvError.
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
      throw new FailedRequest(failureIn(reply, answer, redact));
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
    const { signal, priority, name } = call;
    const { budget, clients, credential } = this.#options;
    /** How long it has waited so far; the requests themselves have limits of their own. */
    let waited = 0;
    const patience = (): number => Math.max(0, WAITING_MS[priority] - waited);
    let refused: { readonly token: string; readonly failure: Failure } | undefined;
    for (let attempt = 1; ; attempt++) {
      throwIfCancelled(signal);
      const asked = this.#timing.now();
      const end = await budget.acquire(priority, patience(), signal);
      waited += this.#timing.now() - asked;
      let token: string | undefined;
      let failure: Failure;
      try {
        token = await untilCancelled(credential(refused?.token), signal);
        if (token === refused?.token) throw new FailedRequest(refused.failure);
        const reply = await this.#attempt(call, token);
        return check(reply, (detail) => redacted(`${name}: ${detail}`, token));
      } catch (error) {
        if (!call.letFinish) throwIfCancelled(signal);
        if (isKvError(error)) throw error;
        failure = error instanceof FailedRequest ? error.failure : clients.failureOf(error, name, token);
      } finally {
        end();
      }
      const pause = pauseFor(failure);
      if (pause > 0) budget.pause(pause);
      if (failure.kind === 'refused' && failure.status === 401 && refused === undefined && token !== undefined) {
        refused = { token, failure };
        continue;
      }
      const delay = delayBefore(failure, attempt, this.#random());
      const isLost = call.repeat === 'once' && !isRateLimited(failure);
      if (delay === undefined || isLost || delay > patience()) throw new FailedRequest(failure);
      await this.#timing.sleep(delay, signal);
      waited += delay;
    }
  }

  async #attempt({ name, send, uploadBytes = 0, signal, letFinish }: Call, token: string): Promise<BytesReply> {
    const { clients, budget, patience = PATIENCE } = this.#options;
    const answerMs = patience.answerMs + uploadBytes / BYTES_PER_MS;
    const watchdog = new Watchdog(this.#timing, answerMs, letFinish ? undefined : signal);
    try {
      const client = await clients.client(token);
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

/** What is wrong with an answer although its status is good. */
function failureIn(reply: BytesReply, answer: Table | undefined, redact: (detail: string) => string): Failure {
  if (answer === undefined) return { kind: 'strange', detail: redact(`another answer, ${typeOf(reply)}`) };
  const { errors } = answer;
  return { kind: 'refused', status: 200, codes: codesOf(errors), detail: redact(`HTTP 200, ${summary(errors)}`) };
}
