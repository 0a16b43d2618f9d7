import type * as vscode from 'vscode';
import type { Services } from '../../services.ts';

/*
 * What a tool says to a model is in English, like its description. What the user is asked is in the user's language.
 */

/** One tool for language models. */
export interface Tool {
  /** Shown while it runs, such as "Reading a value of Cloudflare KV". */
  doing(): string;
  /** What to ask before it runs; `undefined` for nothing. Changes nothing and never throws. */
  confirmation?(input: unknown, services: Services): Promise<vscode.LanguageModelToolConfirmationMessages | undefined>;
  /** The text for the model, at most {@link MAX_RESULT_BYTES} long. Throws a KvError that says what to do. */
  invoke(input: unknown, services: Services, signal: AbortSignal): Promise<string>;
}
