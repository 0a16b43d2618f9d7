import type * as vscode from 'vscode';
import type { Services } from '../../services.ts';

/*
 * What a tool says to a model is English, as its description is; what a person is asked is in their language.
 */

/** One tool for language models. */
export interface Tool {
  /** Shown while it runs: "Reading a value of Cloudflare KV". */
  doing(): string;
  /** What is asked before it runs; `undefined` for nothing. Changes nothing, and throws nothing. */
  confirmation?(input: unknown, services: Services): Promise<vscode.LanguageModelToolConfirmationMessages | undefined>;
  /** The text for the model, which has at most {@link MAX_RESULT_BYTES}. Throws a KvError that says what to do. */
  invoke(input: unknown, services: Services, signal: AbortSignal): Promise<string>;
}
