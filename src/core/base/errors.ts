import type { ErrorPage } from './errorPages.ts';

export type KvErrorKind =
  | 'notFound'
  | 'namespaceNotFound'
  | 'invalidInput'
  | 'unauthenticated'
  | 'forbidden'
  | 'rateLimited'
  | 'tooLarge'
  | 'conflict'
  | 'readOnly'
  | 'busy'
  | 'offline'
  | 'server'
  | 'unsupported'
  | 'cancelled';

/** A command, with its argument, that fixes an error with one click. */
export interface ErrorWay {
  readonly title: string;
  readonly command: string;
  readonly argument?: string;
}

/**
 * The only error class of the domain. `message` is for the user: what happened, to which key, what to do next. Anything
 * that helps only a developer (an errno, a status, a stack) goes into `cause`, which is only logged.
 */
export class KvError extends Error {
  override readonly name = 'KvError';
  readonly kind: KvErrorKind;
  /** The write may have succeeded all the same: it was sent, but the answer was lost. */
  readonly uncertain?: true;
  /**
   * The request was stopped on its way to the service, or refused because of the network it came from. This says
   * nothing about what the credential may do.
   */
  readonly stopped?: true;
  /**
   * The local state folder (an absolute path) that could be used instead, if that solves the problem; the user can be
   * offered it.
   */
  readonly stateFolder?: string;
  /** The page that explains the error, if there is one. */
  readonly page?: ErrorPage;
  /** What the user can do about this particular error, if there is something specific. */
  readonly way?: ErrorWay;
  constructor(
    kind: KvErrorKind,
    message: string,
    options?: ErrorOptions & {
      readonly uncertain?: boolean;
      readonly stopped?: boolean;
      readonly stateFolder?: string | undefined;
      readonly page?: ErrorPage | undefined;
      readonly way?: ErrorWay | undefined;
    },
  ) {
    super(message, options);
    this.kind = kind;
    if (options?.stateFolder !== undefined) this.stateFolder = options.stateFolder;
    if (options?.page !== undefined) this.page = options.page;
    if (options?.way !== undefined) this.way = options.way;
    if (options?.uncertain) this.uncertain = true;
    if (options?.stopped) this.stopped = true;
  }
}

/**
 * Whether an error is a {@link KvError}, optionally of a given kind. Compares names instead of classes, because each
 * lazily loaded bundle has its own copy of the class.
 */
export const isKvError = (error: unknown, kind?: KvErrorKind): error is KvError =>
  error instanceof Error && error.name === 'KvError' && (kind === undefined || (error as KvError).kind === kind);

/** The message of anything that was thrown, for logs and for errors that this extension did not create. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
