import { isDeepStrictEqual } from 'node:util';
import type { Disposable } from '../../core/base/event.ts';
import type { DevServerStatus } from '../../core/store/store.ts';
import { isRegisteredFor, type ServedProject } from '../serving/ownership.ts';
import type { Serving } from '../serving/serving.ts';
import type { DevServers } from './devServers.ts';

/** Events of the registry come in bursts. */
const GATHER_MS = 100;
/** A server may register shortly before it answers, and may leave the registry shortly before it stops answering. */
const RETRIES_MS = [300, 1000, 3000] as const;
/** The longest time that a timer accepts (24.8 days). */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Follows whether a dev server of a project runs. Looks when the registry changes, when a heartbeat is overdue, and on
 * request. It asks the ports, and never touches the state folder or its lock.
 */
export class StatusWatch implements Disposable {
  readonly #servers: DevServers;
  readonly #serving: Pick<Serving, 'look' | 'forget'>;
  readonly #project: () => ServedProject;
  readonly #onChange: (status: DevServerStatus) => void;
  readonly #listening: Disposable;
  #status: DevServerStatus = { devServer: 'none' };
  #seen = '';
  /** The registry and the ports contradict each other. */
  #isUnsure = true;
  #timer: NodeJS.Timeout | undefined;
  #retries = 0;
  #disposed = false;

  constructor(
    servers: DevServers,
    serving: Pick<Serving, 'look' | 'forget'>,
    project: () => ServedProject,
    onChange: (status: DevServerStatus) => void,
  ) {
    this.#servers = servers;
    this.#serving = serving;
    this.#project = project;
    this.#onChange = onChange;
    this.#listening = servers.onDidChangeRegistry(() => this.#lookIn(GATHER_MS));
    this.lookSoon();
  }

  /** Call this when a server was found or lost by other means, or when the project changed. */
  lookSoon(): void {
    this.#seen = '';
    this.#retries = 0;
    this.#lookIn(GATHER_MS);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#listening.dispose();
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#disposed) return;
    this.#timer = setTimeout(() => void this.#look(), Math.min(ms, MAX_TIMER_MS)).unref();
  }

  async #look(): Promise<void> {
    const project = this.#project();
    const fresh = await this.#servers.registered();
    // A heartbeat alone is no news, unless the server has not been found yet.
    const seen = JSON.stringify(fresh.map(({ name, instance }) => [name, instance]));
    if (seen !== this.#seen || this.#isUnsure) {
      if (seen !== this.#seen) this.#retries = 0;
      this.#seen = seen;
      this.#serving.forget();
      const { status, isStarting } = await this.#serving.look();
      if (this.#disposed) return;
      const isRegistered = fresh.some((one) => isRegisteredFor(project, one));
      this.#isUnsure =
        isStarting || status.devServer === 'unknownPort' || (status.devServer === 'running' && !isRegistered);
      if (!isDeepStrictEqual(status, this.#status)) {
        this.#status = status;
        this.#onChange(status);
      }
    }
    const retryMs = this.#isUnsure ? RETRIES_MS[this.#retries++] : undefined;
    const silenceMs = Math.min(...fresh.map(({ freshUntil }) => freshUntil - Date.now() + GATHER_MS));
    if (retryMs !== undefined || Number.isFinite(silenceMs)) this.#lookIn(retryMs ?? Math.max(silenceMs, GATHER_MS));
  }
}
