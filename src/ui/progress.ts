import * as vscode from 'vscode';
import { followToken } from '../core/base/cancel.ts';
import { realTiming, type Timing } from '../core/base/timing.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';

/** Work shorter than this shows no progress, in milliseconds. */
export const PATIENCE_MS = 700;

export interface Running {
  readonly signal: AbortSignal;
  /** Replaces the progress text: "Deleting 400 of 12,400 keys from SESSIONS (local, shop)". */
  report(message: string): void;
  /**
   * Waits for the user's answer. Shows no progress meanwhile, unless there is a text for it: for a question that VS
   * Code moves out of sight by itself. The text may contain a command link.
   */
  waitFor<T>(answer: Promise<T>, meanwhile?: string): Promise<T>;
  /** Ends the progress: what follows cannot be cancelled and shows itself. */
  endProgress(): void;
}

/**
 * Runs work that `token` can cancel. If it has a title and takes longer, shows a progress notification that can cancel
 * it too.
 */
export async function withProgress<T>(
  title: string | undefined,
  token: vscode.CancellationToken | undefined,
  work: (running: Running) => Promise<T>,
  timing: Pick<Timing, 'alarm'> = realTiming,
): Promise<T> {
  const byToken = followToken(token);
  const byUser = new AbortController();
  const notification = new ProgressNotification(title, () => byUser.abort(), timing);
  notification.showSoon();
  try {
    return await work({
      signal: AbortSignal.any([byToken.signal, byUser.signal]),
      report: (message) => notification.report(message),
      endProgress: () => notification.end(),
      waitFor: (answer, meanwhile) => notification.awayUntil(answer, meanwhile),
    });
  } finally {
    notification.end();
    byToken.dispose();
  }
}

/** Whether the user agrees. Asks nothing once it is cancelled: the work then finds that out by itself, and tells. */
export const agreed = async (
  { signal, waitFor }: Pick<Running, 'signal' | 'waitFor'>,
  ask: () => Promise<boolean>,
): Promise<boolean> => await waitFor(signal.aborted ? Promise.resolve(true) : ask());

/** One notification, from the moment it is requested. */
interface Shown {
  text: string;
  progress?: vscode.Progress<{ message: string }>;
  hide(): void;
}

/** Appears after a delay, hides while a question is open, then reappears. */
class ProgressNotification {
  #text: string | undefined;
  readonly #cancel: () => void;
  readonly #timing: Pick<Timing, 'alarm'>;
  #showNoMore: (() => void) | undefined;
  #shown: Shown | undefined;
  /** The number of open questions. */
  #asked = 0;
  #hasEnded = false;
  #isCancelled = false;

  constructor(text: string | undefined, cancel: () => void, timing: Pick<Timing, 'alarm'>) {
    this.#text = text && withoutLinks(text);
    this.#cancel = cancel;
    this.#timing = timing;
  }

  showSoon(): void {
    if (this.#hasEnded || this.#asked > 0) return;
    this.#showNoMore?.();
    this.#showNoMore = this.#timing.alarm(PATIENCE_MS, () => {
      if (this.#text !== undefined) this.#open(this.#text);
    });
  }

  report(message: string): void {
    if (this.#isCancelled) return;
    const text = withoutLinks(message);
    this.#text = text;
    if (this.#shown === undefined || this.#asked > 0) return;
    this.#shown.text = text;
    this.#shown.progress?.report({ message: text });
  }

  async awayUntil<T>(answer: Promise<T>, meanwhile?: string): Promise<T> {
    this.#asked++;
    this.#hide();
    if (meanwhile !== undefined) this.#open(meanwhile);
    try {
      return await answer;
    } finally {
      this.#asked--;
      this.#hide();
      this.showSoon();
    }
  }

  end(): void {
    this.#hasEnded = true;
    this.#hide();
  }

  #open(text: string): void {
    const { promise: hidden, resolve: hide } = Promise.withResolvers<void>();
    const shown: Shown = { text, hide };
    this.#shown = shown;
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, cancellable: !this.#isCancelled },
      async (progress, cancelled) => {
        cancelled.onCancellationRequested(() => this.#onCancel());
        shown.progress = progress;
        progress.report({ message: shown.text });
        await hidden;
      },
    );
  }

  /** VS Code removes the notification at once, but requests already sent must still be waited for. */
  #onCancel(): void {
    this.#isCancelled = true;
    this.#text &&= vscode.l10n.t('Cancelled: waiting for what was begun to end');
    this.#hide();
    this.#cancel();
    this.showSoon();
  }

  #hide(): void {
    this.#showNoMore?.();
    this.#shown?.hide();
    this.#shown = undefined;
  }
}
