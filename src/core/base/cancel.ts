import * as l10n from '@vscode/l10n';
import { KvError } from './errors.ts';

export const cancelledError = (): KvError => new KvError('cancelled', l10n.t('Cancelled.'));

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelledError();
}

/** The shape of VS Code's cancellation token. */
export interface CancellationToken {
  readonly isCancellationRequested: boolean;
  onCancellationRequested(listener: () => void): { dispose(): void };
}

/** An abort signal that follows a token until it is disposed. */
export function followToken(token: CancellationToken | undefined): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  if (token?.isCancellationRequested) controller.abort();
  const listener = token?.onCancellationRequested(() => controller.abort());
  return { signal: controller.signal, dispose: () => listener?.dispose() };
}

/**
 * Resolves to the promise's result, or rejects with `cancelled` as soon as the signal is aborted. The work itself goes
 * on, so use this only for work without side effects.
 */
export async function untilCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(cancelledError());
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
