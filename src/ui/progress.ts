import * as vscode from 'vscode';

/** Work shorter than this shows no progress, in milliseconds. */
const PATIENCE_MS = 700;

export interface Running {
  readonly signal: AbortSignal;
  /** Replaces the progress text: "Deleting 400 of 12,400 keys from SESSIONS (local, shop)". */
  report(message: string): void;
  /** Waits for the user's answer, which is not work: no progress appears meanwhile. */
  waitFor<T>(answer: Promise<T>): Promise<T>;
  /** Ends the progress: what follows cannot be cancelled, and shows itself. */
  endProgress(): void;
}

/** An abort signal that follows a cancellation token. */
export function signalOf(token: vscode.CancellationToken | undefined): AbortController {
  const controller = new AbortController();
  if (token?.isCancellationRequested) controller.abort();
  token?.onCancellationRequested(() => controller.abort());
  return controller;
}

/** Runs work that can be cancelled by `token` and, once it takes longer, from a progress notification. */
export async function withProgress<T>(
  title: string,
  token: vscode.CancellationToken | undefined,
  work: (running: Running) => Promise<T>,
): Promise<T> {
  const controller = signalOf(token);
  let text = title;
  let show: ((message: string) => void) | undefined;
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const open = (): void => {
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, cancellable: true },
      async (progress, cancelled) => {
        cancelled.onCancellationRequested(() => controller.abort());
        show = (message) => progress.report({ message });
        show(text);
        await finished;
      },
    );
  };
  let timer = setTimeout(open, PATIENCE_MS);
  const endProgress = (): void => {
    clearTimeout(timer);
    finish();
  };
  try {
    return await work({
      signal: controller.signal,
      report(message) {
        text = message;
        show?.(message);
      },
      endProgress,
      async waitFor(answer) {
        clearTimeout(timer);
        try {
          return await answer;
        } finally {
          if (show === undefined) timer = setTimeout(open, PATIENCE_MS);
        }
      },
    });
  } finally {
    endProgress();
  }
}
