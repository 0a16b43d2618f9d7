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

/** What one click does about an error: a command, with its argument. */
export interface ErrorWay {
  readonly title: string;
  readonly command: string;
  readonly argument?: string;
}

/**
 * The one error of the domain. `message` is for the user: what happened, to which key, what to do next.
 * What only helps a developer (an errno, a status, a stack) goes into `cause`, which reaches the log and nothing else.
 */
export class KvError extends Error {
  override readonly name = 'KvError';
  readonly kind: KvErrorKind;
  /** What was to be written may have been written all the same: an attempt was sent, and its answer was lost. */
  readonly uncertain?: true;
  /**
   * Kept from the service on the way, or refused for the network it came from: no word on what the credential may do.
   */
  readonly stopped?: true;
  /** The way out is to use this folder of local KV, absolute, which can be offered. */
  readonly stateFolder?: string;
  /** The page that explains it, where one does. */
  readonly page?: ErrorPage;
  /** What can be done about it, where that is a thing of its own. */
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
 * True for a {@link KvError} of any kind, or of the kind given; by its name, because a bundle that is loaded on first
 * use brings a class of its own.
 */
export const isKvError = (error: unknown, kind?: KvErrorKind): error is KvError =>
  error instanceof Error && error.name === 'KvError' && (kind === undefined || (error as KvError).kind === kind);

/** The message of anything thrown, for logs and for errors that we did not make. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
