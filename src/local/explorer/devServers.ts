import { type Disposable, Emitter, type Event } from '../../core/base/event.ts';
import { isListening } from '../serving/isListening.ts';
import { type ServerSystem, serverSystem } from '../serving/system.ts';
import type { Patience } from '../switchingWriter.ts';
import { DevRegistry } from './devRegistry.ts';
import { type Address, LoopbackHttp } from './http.ts';
import { type DevServer, identify, type PortAnswer } from './identity.ts';
import { type Registration, type RegistryPlaces, registryPlaces } from './registry.ts';

export interface Found {
  /** Servers of any project. */
  readonly servers: readonly DevServer[];
  /** Ports where something answers that cannot be used, and why. */
  readonly unusable: readonly { readonly port: number; readonly kind: 'plain' | 'refused' | 'silent' }[];
}

export interface DevServersOptions {
  /** Returns the ports from the setting; called for each search. */
  readonly ports?: () => readonly number[];
  /** Other ports to try: the defaults of wrangler, `wrangler pages`, Vite and the frameworks based on Vite. */
  readonly usualPorts?: readonly number[];
  /** Replaces the registries of the machine. A string is the path of a single folder. */
  readonly registry?: string | RegistryPlaces;
  /** How long a write waits for a server that is starting or stopping. */
  readonly patience?: Patience;
  readonly system?: ServerSystem;
}

/**
 * If a port is busy, wrangler takes any free one (4.156, tried), so trying neighbouring ports is no use; Vite counts
 * upwards. After these come the defaults of Vite's preview, Astro, Nuxt (also Next and React Router's template) and
 * Angular.
 */
const USUAL_PORTS = [8787, 8788, 5173, 5174, 4173, 4321, 3000, 4200] as const;
/** How long the answer holds whether a registered server is still there. */
const ALIVE_GOOD_MS = 500;
/**
 * How long an answer holds, so that many projects can ask at once. Callers that react to an event wait longer than
 * this.
 */
const ANSWER_GOOD_MS = 50;
/**
 * A program that does not speak HTTP must not keep anybody waiting. A server under load gets more time on the second
 * try.
 */
const TIMEOUT_MS = 1000;
const SECOND_TIMEOUT_MS = 4000;
const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** Finds the dev servers of this machine and what they run. */
export class DevServers implements Disposable {
  readonly http = new LoopbackHttp();
  readonly patience: Patience | undefined;
  readonly #options: DevServersOptions;
  #registry: DevRegistry | undefined;
  #system: ServerSystem | undefined;
  readonly #ports: () => readonly number[];
  readonly #usualPorts: readonly number[];
  readonly #registryChanged = new Emitter<void>();
  #watch: Disposable | undefined;
  #listeners = 0;
  /** Ports that did not answer in time when last asked. */
  readonly #silent = new Set<number>();
  readonly #alive = new Map<string, { readonly at: number; readonly answer: Promise<boolean> }>();
  readonly #answers = new Map<number, { readonly at: number; readonly answers: Promise<readonly PortAnswer[]> }>();

  constructor(options: DevServersOptions = {}) {
    const { ports = () => [], usualPorts = USUAL_PORTS, patience } = options;
    this.#options = options;
    this.#ports = ports;
    this.#usualPorts = usualPorts;
    this.patience = patience;
  }

  /** Created on first use, so that it does not delay the extension's start. */
  get registry(): DevRegistry {
    const { registry = registryPlaces() } = this.#options;
    this.#registry ??= new DevRegistry(typeof registry === 'string' ? { folders: [registry] } : registry);
    return this.#registry;
  }

  get system(): ServerSystem {
    this.#system ??= this.#options.system ?? serverSystem();
    return this.#system;
  }

  /**
   * Asks every candidate port, including those of the project. Takes some milliseconds, or seconds if one of them is
   * silent.
   */
  async find(ports: readonly number[]): Promise<Found> {
    return await this.findAt([...this.#ports(), ...ports, ...this.#usualPorts]);
  }

  /** Asks only these ports. */
  async findAt(ports: readonly number[]): Promise<Found> {
    const asked = [...new Set(ports)].filter(isPort);
    const answers = await Promise.all(asked.map(async (port) => ({ port, answers: await this.#ask(port) })));
    const servers: DevServer[] = [];
    const unusable: { port: number; kind: 'plain' | 'refused' | 'silent' }[] = [];
    for (const { port, answers: onPort } of answers) {
      for (const answer of onPort) {
        if (answer.kind === 'closed') continue;
        if (answer.kind !== 'server') unusable.push({ port, kind: answer.kind });
        else servers.push(answer.server);
      }
    }
    return { servers, unusable };
  }

  /**
   * Identifies this run of a server, as opposed to the next one on the same port; `undefined` if that cannot be known.
   */
  async instanceOf(server: DevServer): Promise<string | undefined> {
    const registered = await Promise.all(server.workers.map(({ name }) => this.registry.named(name)));
    const instances = registered.flat().map(({ instance }) => instance);
    return instances.length === 0 ? undefined : instances.join();
  }

  /** All registrations that are not stale, of any project. */
  async registered(): Promise<readonly Registration[]> {
    const now = Date.now();
    return (await this.registry.all()).filter(({ freshUntil }) => freshUntil > now);
  }

  /** The registrations whose runtime is still there: a server that was killed leaves its registrations behind. */
  async running(): Promise<readonly Registration[]> {
    const fresh = await this.registered();
    const alive = await Promise.all(fresh.map((one) => this.#isAlive(one)));
    return fresh.filter((_, index) => alive[index]);
  }

  async #isAlive({ instance, debugAddress }: Registration): Promise<boolean> {
    if (debugAddress === undefined) return true;
    const known = this.#alive.get(instance);
    if (known !== undefined && performance.now() - known.at < ALIVE_GOOD_MS) return await known.answer;
    const answer = isListening(debugAddress);
    this.#alive.set(instance, { at: performance.now(), answer });
    return await answer;
  }

  /** Fires when a server came, went or sent a heartbeat. The registries are watched while there is a listener. */
  readonly onDidChangeRegistry: Event<void> = (listener) => {
    const listening = this.#registryChanged.event(listener);
    this.#listeners++;
    this.#watch ??= this.registry.watch(() => this.#registryChanged.fire());
    let isListening = true;
    return {
      dispose: () => {
        if (!isListening) return;
        isListening = false;
        listening.dispose();
        if (--this.#listeners === 0) this.#unwatch();
      },
    };
  };

  dispose(): void {
    this.#unwatch();
    this.#registryChanged.dispose();
    this.http.dispose();
  }

  #unwatch(): void {
    this.#watch?.dispose();
    this.#watch = undefined;
  }

  async #ask(port: number): Promise<readonly PortAnswer[]> {
    const known = this.#answers.get(port);
    if (known !== undefined && performance.now() - known.at < ANSWER_GOOD_MS) return await known.answers;
    const addresses = LOOPBACK.map((host): Address => ({ host, port }));
    const timeoutMs = this.#silent.has(port) ? SECOND_TIMEOUT_MS : TIMEOUT_MS;
    const answers = Promise.all(addresses.map((address) => identify(this.http, address, timeoutMs)));
    this.#answers.set(port, { at: performance.now(), answers });
    const isSilent = (await answers).some(({ kind }) => kind === 'silent');
    if (isSilent && timeoutMs === TIMEOUT_MS) this.#silent.add(port);
    else this.#silent.delete(port);
    return await answers;
  }
}

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;
