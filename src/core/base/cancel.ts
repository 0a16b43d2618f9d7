import * as l10n from '@vscode/l10n';
import { KvError } from './errors.ts';

export const cancelledError = (): KvError => new KvError('cancelled', l10n.t('Cancelled.'));

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelledError();
}

/** What VS Code gives whoever may be cancelled. */
export interface CancellationToken {
  readonly isCancellationRequested: boolean;
  onCancellationRequested(listener: () => void): { dispose(): void };
}

/** An abort signal that follows a token, from now on until it is disposed. */
export function followToken(token: CancellationToken | undefined): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  if (token?.isCancellationRequested) controller.abort();
  const listener = token?.onCancellationRequested(() => controller.abort());
  return { signal: controller.signal, dispose: () => listener?.dispose() };
}

/** The promise's result, or a rejection with `cancelled` as soon as the signal is aborted: for work without effects. */
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
