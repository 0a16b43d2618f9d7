import type { FromPage } from '../shared/messages.ts';

/** What VS Code provides to the script of a page. */
interface Host {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();

export const send = (message: FromPage): void => host.postMessage(message);

/** State that survives while the page is hidden and when the window reloads. */
interface Kept {
  /** The `memory` of the model, for the extension. */
  readonly memory: unknown;
  /** Ids of pictures that are shown as tables. */
  readonly tables: readonly string[];
  readonly scroll: number;
}

const none: Kept = { memory: undefined, tables: [], scroll: 0 };

export const kept = (): Kept => ({ ...none, ...(host.getState() as Partial<Kept> | undefined) });

export const keep = (change: Partial<Kept>): void => host.setState({ ...kept(), ...change });
