import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Services } from '../../services.ts';
import type { Running } from '../../ui/progress.ts';
import type { Call } from './call.ts';
import type { Fields } from './fields.ts';
import type { Target } from './targets.ts';

export interface Run extends Running {
  readonly services: Services;
  /** Whether the user can be asked: the call had no argument object. */
  readonly isInteractive: boolean;
}

/** What a command writes. */
export interface Writes {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
}

/** Finds the same answers as an argument object gives: from what the command is {@link about}, and by asking. */
export interface Asker<A> {
  readonly target: Target<unknown>;
  /** `undefined` when dismissed, or if nothing is left to do. */
  ask(call: Call, services: Services): Promise<A | undefined>;
}

/** Finds what a command is about, then asks for whatever else it needs. `resume` handles a button of a message. */
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

/** For a command that needs only what it is about. */
export const only = <A>(target: Target<A>): Asker<A> => about(target, (found) => found);

/** A command. Its argument object and its questions give the same answers, so `run` does the work in one way. */
export interface Command<A, R = void> {
  readonly args: Fields<A>;
  readonly asked: Asker<A>;
  /** The keys that it writes. In a real account, a setting decides whether the user is asked first. */
  writes?(args: A): Writes;
  /**
   * Cancelled, it resolves to how far it has come, and looks at the signal itself. Any other does not begin then, nor go
   * on after a question: it rejects with `cancelled`.
   */
  readonly tellsHowFar?: true;
  /** `undefined` when a confirmation was dismissed. Shows no message. */
  run(args: A, run: Run): Promise<R | undefined>;
  /** Tells or shows the result to the user. Not called after a call with an argument object. */
  tell?(result: R, args: A, services: Services): unknown;
  /** The progress text if the work takes long. Without it, no progress is shown. */
  readonly progress?: string;
}

/** A command whose argument and result types are hidden. */
export interface AnyCommand extends Pick<Command<unknown, unknown>, 'args'> {
  readonly target: Target<unknown>;
  invoke(given: readonly unknown[], services: Services): Promise<unknown>;
}
