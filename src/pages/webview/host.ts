import type { FromPage } from '../shared/messages.ts';

/** What VS Code gives the script of a page. */
interface Host {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();

export const send = (message: FromPage): void => host.postMessage(message);

/** Kept while the page is hidden and over a reload of the window. */
interface Kept {
  /** The model's, for the extension. */
  readonly memory: unknown;
  /** Pictures that are shown as tables. */
  readonly tables: readonly string[];
  readonly scroll: number;
}

const none: Kept = { memory: undefined, tables: [], scroll: 0 };

export const kept = (): Kept => ({ ...none, ...(host.getState() as Partial<Kept> | undefined) });

export const keep = (change: Partial<Kept>): void => host.setState({ ...kept(), ...change });
