import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { DevServerStatus } from '../../core/store/store.ts';
import type { DevServers, Found } from '../explorer/devServers.ts';
import type { DevServer } from '../explorer/identity.ts';
import type { Refusal } from '../explorer/refusal.ts';
import type { Registration } from '../explorer/registry.ts';
import { defaultStateFolder, type StateFolder } from '../stateFolder.ts';
import { sharesLocks } from './fileSystems.ts';
import { type Claim, claimTest, isRegisteredFor, type Neighbour, type ServedProject, startedFor } from './ownership.ts';
import { isServer, programOf, type ServerProcess } from './processes.ts';
import { realPlace } from './realPlace.ts';
import type { ServerSystem } from './system.ts';

export interface ServingParts {
  readonly servers: DevServers;
  readonly state: StateFolder;
  readonly project: () => ServedProject;
}

/** Who uses a state folder, as far as can be told without writing. */
export interface Served {
  /** Servers that may keep their data in the folder, the likeliest first. Each has yet to be proved. */
  readonly servers: readonly DevServer[];
  /** Why writing is not safe if none of them is proved. */
  readonly refusal: Refusal;
  /** Whether a server of the project runs. If so, its files must not be written behind its back. */
  readonly isRunning: boolean;
  readonly status: DevServerStatus;
  /** The port is the runtime's: the program has not yet opened its own, which is the one that users know. */
  readonly isStarting: boolean;
}

/**
 * How long a result is valid, on top of the time that it took to find, unless the registry changes: a silent port must
 * not take up all the time of a long write.
 */
const GOOD_MS = 500;
/**
 * How long the files that a server leaves beside its lock count as a sign of it; they are touched when the server
 * starts.
 */
const TRACE_GOOD_MS = 12 * 3_600_000;

/**
 * The single place that knows where the running Worker of a project keeps its data: in the files of its state folder
 * (and through which server these can be reached), or elsewhere. It uses the registry, the answers of the ports, what
 * the system reports about the processes of servers, and the type of the file system. The lock is the business of
 * whoever opens the files.
 */
export class Serving {
  readonly #parts: ServingParts;
  readonly #system: ServerSystem;
  #found: { until: number; readonly signature: string; readonly served: Promise<Served> } | undefined;
  /** Whether all running servers belong to others. Valid as long as `#found`, and only for the same servers. */
  #others: { readonly at: number; readonly signature: string; readonly verdict: Promise<boolean> } | undefined;
  #wasRunning = false;

  constructor(parts: ServingParts) {
    this.#parts = parts;
    this.#system = parts.servers.system;
  }

  /**
   * Whether the files may be written if the lock allows it. Takes less than a millisecond if no server runs, and some
   * milliseconds if an unregistered server may run.
   */
  async opensFiles(): Promise<boolean> {
    const { servers, project, state } = this.#parts;
    const [running, kind] = await Promise.all([servers.running(), this.#system.fileSystemOf(state.path)]);
    if (sharesLocks(kind) && !this.#wasRunning && !project().mayBeVite) {
      if (running.length === 0) return true;
      // A server may have been given a name other than those known here.
      const isNamed = running.some((one) => isRegisteredFor(project(), one));
      if (!isNamed && (await this.#areOfOthers(running))) return true;
    }
    return !(await this.look()).isRunning;
  }

  /** Takes some milliseconds, or seconds if a port is silent. */
  async look(): Promise<Served> {
    const { servers, project, state } = this.#parts;
    const [running, kind] = await Promise.all([servers.running(), this.#system.fileSystemOf(state.path)]);
    const registered = running.filter((one) => isRegisteredFor(project(), one));
    const signature = JSON.stringify([registered.map(({ name, instance }) => [name, instance]), kind, project()]);
    const known = this.#found;
    // Without shared locks, nothing else would stop a write during that time.
    const isGood = known?.signature === signature && performance.now() < known.until && sharesLocks(kind);
    if (isGood) return await known.served;
    const start = performance.now();
    const served = this.#look(registered, kind);
    const found = { until: start + GOOD_MS, signature, served };
    this.#found = found;
    const result = await served;
    const end = performance.now();
    found.until = Math.max(start + GOOD_MS, end + (end - start));
    this.#wasRunning = result.isRunning;
    return result;
  }

  /** Call this when the result turned out to be wrong. */
  forget(): void {
    this.#found = undefined;
  }

  async #look(registered: readonly Registration[], kind: string | undefined): Promise<Served> {
    const { state } = this.#parts;
    const project = this.#parts.project();
    const [processes, kv] = await Promise.all([this.#system.processes(), realPlace(state.kv)]);
    const isFar = !sharesLocks(kind);
    const isHere = ({ kvFolders }: ServerProcess): boolean => kvFolders.includes(kv);
    const debugPorts = new Set(registered.flatMap(({ debugPort }) => debugPort ?? []));
    const started = await startedFor(project, processes);
    const ofProject = processes.filter(
      (one) => isHere(one) || one.ports.some((port) => debugPorts.has(port)) || started.has(one),
    );
    const found = await this.#ask(project, ofProject, debugPorts);
    const claimOf = claimTest(project, isFar);
    const judged = found.servers.map((server) => {
      const process = processes.find(({ ports }) => ports.includes(server.address.port));
      const isKnown = process !== undefined && process.kvFolders.length > 0;
      const isStarted = process !== undefined && started.has(process);
      const claim = isStarted && runsWorkerOf(project, server) ? OWN : claimOf(server);
      return { server, claim, process, isHere: isKnown ? isHere(process) : undefined };
    });
    const usable = judged.filter(({ claim, isHere: here }) => here ?? claim.kind === 'own');
    const shadows = judged.filter(({ claim, isHere: here }) => here !== true && claim.kind !== 'other');
    const shadow = shadows.find((one) => !usable.includes(one));
    const refusal =
      (shadow && (await refusalOf(shadow, project))) ??
      hiddenAmong(
        ofProject.filter((one) => started.has(one) && !isHere(one)),
        { judged, project },
      ) ??
      unexplained(registered, { found, processes, started });
    const candidates = usable.map(({ server }) => server);
    const isRunning = candidates.length > 0 || refusal !== undefined;
    const trace = isFar && !isRunning ? await this.#traceOf(state) : undefined;
    if (trace !== undefined && kind !== undefined) {
      const far: Refusal = { reason: 'noSharedLocks', folder: state.path, fileSystem: kind, trace };
      return { servers: [], refusal: far, isRunning: true, status: statusOf([], undefined), isStarting: false };
    }
    const status = statusOf(candidates, refusal);
    return {
      servers: candidates,
      refusal: refusal ?? { reason: 'unknownPort', unusable: found.unusable },
      isRunning,
      status,
      isStarting: processes.some((one) => isPortOfRuntime(status.port, one)),
    };
  }

  /**
   * Whether the system confirms for each server that it was started for another project and keeps its data elsewhere.
   */
  async #areOfOthers(running: readonly Registration[]): Promise<boolean> {
    const signature = JSON.stringify([running.map(({ instance }) => instance), this.#parts.project()]);
    const known = this.#others;
    if (known?.signature === signature && performance.now() - known.at < GOOD_MS) return await known.verdict;
    const verdict = this.#askOfOthers(running);
    this.#others = { at: performance.now(), signature, verdict };
    return await verdict;
  }

  async #askOfOthers(running: readonly Registration[]): Promise<boolean> {
    const { project, state } = this.#parts;
    const [processes, kv] = await Promise.all([this.#system.processes(), realPlace(state.kv)]);
    const started = await startedFor(project(), processes);
    return running.every(({ debugPort }) =>
      processes.some(
        (one) =>
          debugPort !== undefined &&
          one.ports.includes(debugPort) &&
          one.folder !== undefined &&
          !one.kvFolders.includes(kv) &&
          !started.has(one),
      ),
    );
  }

  /** Asks configured and default ports first, then those of processes that have none of these. */
  async #ask(project: ServedProject, processes: readonly ServerProcess[], debugPorts: ReadonlySet<number>) {
    const first = await this.#parts.servers.find(project.ports);
    const known = new Set(first.servers.map(({ address }) => address.port));
    const silent = processes.filter(({ ports }) => !ports.some((port) => known.has(port)));
    const more = await Promise.all(silent.map((one) => this.#askProcess(one, debugPorts)));
    const asked = new Set(first.unusable.map(({ port }) => port));
    return {
      servers: [...first.servers, ...more.flatMap(({ servers }) => servers)],
      unusable: [...first.unusable, ...more.flatMap(({ unusable }) => unusable).filter(({ port }) => !asked.has(port))],
    };
  }

  /** Asks one port after the other until an Explorer answers; the other ports of the server are left alone. */
  async #askProcess(process: ServerProcess, debugPorts: ReadonlySet<number>): Promise<Found> {
    const unusable: Found['unusable'][number][] = [];
    for (const port of process.ports) {
      if (debugPorts.has(port) || process.debugPorts.includes(port)) continue;
      const found = await this.#parts.servers.findAt([port]);
      if (found.servers.length > 0) return { servers: found.servers, unusable: [] };
      unusable.push(...found.unusable.filter(({ kind }) => kind === 'refused'));
    }
    return { servers: [], unusable };
  }

  /** The newest trace of a user of the folder whose lock is not visible here. */
  async #traceOf(state: StateFolder): Promise<string | undefined> {
    const since = Date.now() - TRACE_GOOD_MS;
    const found = await Promise.all(
      state.lockTraces.map(async (path) => ({ path, at: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 })),
    );
    return found.find(({ at }) => at > since)?.path;
  }
}

const OWN: Claim = { kind: 'own' };

/** A server that was also started with a config of the project is its own, even if it gives another project's name. */
const runsWorkerOf = ({ names }: ServedProject, { workers }: DevServer): boolean =>
  workers.some(({ name }) => names.includes(name));

/** Whether it is Vite or a framework based on Vite, as far as can be told. */
function isVite(process: ServerProcess | undefined, { mayBeVite = false }: ServedProject): boolean {
  const program = process && programOf(process);
  return program === undefined ? mayBeVite : program === 'vite';
}

/** Vite opens its own port after its runtime's; wrangler's own process opens no port for users. */
const isPortOfRuntime = (port: number | undefined, process: ServerProcess): boolean =>
  port !== undefined &&
  process.ports.includes(port) &&
  process.words.length > 0 &&
  programOf(process) !== 'wrangler' &&
  process.programPorts?.includes(port) === false;

interface Judged {
  readonly server: DevServer;
  readonly claim: Claim;
  readonly process: ServerProcess | undefined;
  /** Whether its data lies in the state folder, if the system tells. */
  readonly isHere: boolean | undefined;
}

async function refusalOf({ server, claim, process }: Judged, project: ServedProject): Promise<Refusal> {
  const { port } = server.address;
  const data = process ? folderOf(process) : {};
  const folder = claim.kind === 'second' ? claim.folder : await ownerOf(data.folder, project.neighbours ?? []);
  if (folder !== undefined) return { reason: 'servedWith', port, folder };
  return { reason: 'elsewhere', port, ...data, ...(isVite(process, project) && { isVite: true }) };
}

/** Among the processes that were started for the project on data elsewhere, finds one without an Explorer to ask. */
function hiddenAmong(
  started: readonly ServerProcess[],
  { judged, project }: { readonly judged: readonly Judged[]; readonly project: ServedProject },
): Refusal | undefined {
  const seen = new Set(judged.map(({ process }) => process));
  const hidden = started.find((one) => !seen.has(one) && one.kvFolders.length > 0 && isServer(one));
  return hidden && { reason: 'elsewhere', ...folderOf(hidden), ...(isVite(hidden, project) && { isVite: true }) };
}

/** The neighbour whose state folder this is. A process reports the real path of its folder. */
async function ownerOf(data: string | undefined, neighbours: readonly Neighbour[]): Promise<string | undefined> {
  if (data === undefined) return undefined;
  const states = await Promise.all(neighbours.map(async ({ folder }) => await realPlace(defaultStateFolder(folder))));
  return neighbours[states.indexOf(data)]?.folder;
}

/** The folder in the form that `--persist-to` takes. */
function folderOf({ kvFolders: [kv] }: ServerProcess): { folder?: string } {
  if (kv === undefined) return {};
  const above = dirname(kv);
  return { folder: basename(above) === 'v3' ? dirname(above) : above };
}

interface Seen {
  readonly found: Found;
  readonly processes: readonly ServerProcess[];
  /** Those among `processes` that were started for the project. */
  readonly started: ReadonlySet<ServerProcess>;
}

/**
 * Finds a Worker of the project that is registered and running, but that no found server and no process accounts for.
 */
function unexplained(registered: readonly Registration[], { found, processes, started }: Seen): Refusal | undefined {
  const answering = new Set(found.servers.flatMap(({ workers }) => workers.map(({ name }) => name)));
  const isOthers = ({ debugPort }: Registration): boolean =>
    processes.some(
      (one) => debugPort !== undefined && one.ports.includes(debugPort) && one.folder && !started.has(one),
    );
  const left = registered.some((one) => !answering.has(one.name) && !isOthers(one));
  return left ? { reason: 'unknownPort', unusable: found.unusable } : undefined;
}

function statusOf([server]: readonly DevServer[], refusal: Refusal | undefined): DevServerStatus {
  if (server !== undefined) return { devServer: 'running', port: server.address.port };
  if (refusal === undefined) return { devServer: 'none' };
  if (refusal.reason !== 'elsewhere' && refusal.reason !== 'servedWith') return { devServer: 'unknownPort' };
  const { port, folder } = refusal;
  return {
    devServer: 'elsewhere',
    ...(port !== undefined && { port }),
    ...(folder !== undefined && { folder }),
    ...(refusal.reason === 'elsewhere' && refusal.isVite && { isVite: true }),
  };
}
