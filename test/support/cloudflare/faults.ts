import type { Operation, Route } from './api.ts';

/** What goes wrong with a request. */
export type Mishap =
  /** An error of the API. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code?: number;
      readonly retryAfter?: number;
      readonly message?: string;
    }
  /** An HTML page from a proxy in between. */
  | { readonly kind: 'html'; readonly status: number; readonly rayId?: string }
  /** Status 200 with an empty body. */
  | { readonly kind: 'empty' }
  /** `success: false` with status 200. */
  | { readonly kind: 'notSuccessful'; readonly code?: number }
  /** The connection breaks before an answer, or in the middle of it. */
  | { readonly kind: 'cut'; readonly at: 'start' | 'body' }
  /** Nothing more arrives, from the start or from the middle of the body on. */
  | { readonly kind: 'stall'; readonly at: 'start' | 'body' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The body arrives in many small pieces; between them it waits for `next`. */
  | { readonly kind: 'drip'; readonly pieces: number; readonly next: () => Promise<void> }
  | { readonly kind: 'redirect'; readonly to: string }
  /** A bulk operation leaves the first keys undone and lists them. */
  | { readonly kind: 'unsuccessful'; readonly keys: number }
  /** Success, with a wrong result. */
  | { readonly kind: 'result'; readonly result: unknown }
  /** A listing begins with an empty page. */
  | { readonly kind: 'emptyPage' }
  /** An error that repeats the request's own credential, as a careless proxy may do. */
  | { readonly kind: 'echo' }
  /** A different content type. */
  | { readonly kind: 'type'; readonly type: string };

export interface Fault {
  readonly mishap: Mishap;
  /** Any operation by default. */
  readonly operations?: readonly Operation[];
  readonly key?: string;
  /** How many matching requests to let through first. */
  readonly skip?: number;
  /** How often it happens; once by default. */
  readonly times?: number;
  /** The operation is carried out all the same, but the answer is lost. */
  readonly applied?: boolean;
}

/** The faults that are still waiting for their requests. */
export class Faults {
  #waiting: (Fault & { skip: number; times: number })[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ skip: 0, times: 1, ...fault });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The fault that applies to this request. */
  take({ operation, key }: Route): Fault | undefined {
    for (const fault of this.#waiting) {
      if (fault.operations && !fault.operations.includes(operation)) continue;
      if (fault.key !== undefined && fault.key !== key) continue;
      if (fault.skip > 0) {
        fault.skip--;
        continue;
      }
      if (--fault.times <= 0) this.#waiting = this.#waiting.filter((other) => other !== fault);
      return fault;
    }
    return undefined;
  }
}
