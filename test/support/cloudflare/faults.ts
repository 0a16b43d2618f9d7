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
  /** The page of some proxy in between. */
  | { readonly kind: 'html'; readonly status: number; readonly rayId?: string }
  /** 200 with nothing in it. */
  | { readonly kind: 'empty' }
  /** `success: false` under 200. */
  | { readonly kind: 'notSuccessful'; readonly code?: number }
  /** The connection ends before an answer, or in the middle of it. */
  | { readonly kind: 'cut'; readonly at: 'start' | 'body' }
  /** Nothing comes any more, from the start or from the middle of the body on. */
  | { readonly kind: 'stall'; readonly at: 'start' | 'body' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The body in many small pieces; between them it waits for `next`. */
  | { readonly kind: 'drip'; readonly pieces: number; readonly next: () => Promise<void> }
  | { readonly kind: 'redirect'; readonly to: string }
  /** A bulk operation leaves the first so many keys undone and names them. */
  | { readonly kind: 'unsuccessful'; readonly keys: number }
  /** Success, with another result than the right one. */
  | { readonly kind: 'result'; readonly result: unknown }
  /** A listing begins with a page without keys. */
  | { readonly kind: 'emptyPage' }
  /** An error that repeats the request's own credential, as a careless proxy may. */
  | { readonly kind: 'echo' }
  /** Another content type. */
  | { readonly kind: 'type'; readonly type: string };

export interface Fault {
  readonly mishap: Mishap;
  /** Any, unless given. */
  readonly operations?: readonly Operation[];
  readonly key?: string;
  /** So many requests that fit are left alone before. */
  readonly skip?: number;
  /** It happens so often, then no more; 1 unless given. */
  readonly times?: number;
  /** The work is done all the same: the answer is lost. */
  readonly applied?: boolean;
}

/** The faults that still wait for their requests. */
export class Faults {
  #waiting: (Fault & { skip: number; times: number })[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ skip: 0, times: 1, ...fault });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The fault that hits this request. */
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
