import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Services } from '../../services.ts';
import type { Running } from '../../ui/progress.ts';
import type { Call } from './call.ts';
import type { Fields } from './fields.ts';
import type { Target } from './targets.ts';

export interface Run extends Running {
  readonly services: Services;
  /** Not called with an argument object: there is somebody to ask. */
  readonly isInteractive: boolean;
}

/** What a command writes. */
export interface Writes {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
}

/** Answers what an argument object would: from what the command is {@link about}, and by asking. */
export interface Asker<A> {
  readonly target: Target<unknown>;
  /** `undefined` when a question was dismissed or nothing is left to do. */
  ask(call: Call, services: Services): Promise<A | undefined>;
}

/**
 * Finds what a command is about, and then asks for what else it needs, if it does; `resume` answers a button of a
 * message.
 */
export function about<T, A, B = A>(
  target: Target<T>,
  ask: (found: T, services: Services, call: Call) => A | undefined | Promise<A | undefined>,
  resume?: (text: string, services: Services) => Promise<B | undefined>,
): Asker<A | B> {
  return {
    target,
    async ask(call, services) {
      const resumed = call.from === 'message' && resume ? await resume(call.text, services) : undefined;
      if (resumed !== undefined) return resumed;
      const found = await target.find(call, services);
      return found === undefined ? undefined : await ask(found, services, call);
    },
  };
}

/** A command that needs nothing else than what it is about. */
export const only = <A>(target: Target<A>): Asker<A> => about(target, (found) => found);

/**
 * One command. Its argument object and what is asked answer the same questions, so that `run` has one way to do the
 * work.
 */
export interface Command<A, R = void> {
  readonly args: Fields<A>;
  readonly asked: Asker<A>;
  /** The keys that it writes: in a real account, the setting decides whether that is asked about first. */
  writes?(args: A): Writes;
  /**
   * Cancelled, it resolves to how far it has come, and looks at the signal itself. Any other does not begin then, nor go
   * on after a question: it rejects with `cancelled`.
   */
  readonly tellsHowFar?: true;
  /** `undefined` when a confirmation was dismissed. Shows no message. */
  run(args: A, run: Run): Promise<R | undefined>;
  /** What the user is told, or shown, when they did not call with an argument object. */
  tell?(result: R, args: A, services: Services): unknown;
  /** Shown while the work takes long; without it, no progress is. */
  readonly progress?: string;
}

/** A command whose argument and result types only it knows. */
export interface AnyCommand extends Pick<Command<unknown, unknown>, 'args'> {
  readonly target: Target<unknown>;
  invoke(given: readonly unknown[], services: Services): Promise<unknown>;
}
