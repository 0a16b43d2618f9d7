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

/** Who uses a state folder, as far as it can be told without writing. */
export interface Served {
  /** Those that may keep their data in the folder, the likeliest first: each is still to be proved. */
  readonly servers: readonly DevServer[];
  /** Why nothing is safe when none of them is proved. */
  readonly refusal: Refusal;
  /** Whether a server of the project runs: then its files must not be written behind its back. */
  readonly isRunning: boolean;
  readonly status: DevServerStatus;
  /** The port is that of its runtime: its program has not opened its own yet, which people know. */
  readonly isStarting: boolean;
}

/**
 * What was found holds good for so long, and for as long as it took to find, unless the registry says something else: a
 * port that is silent must not take all the time of a long write.
 */
const GOOD_MS = 500;
/** What a server leaves beside its lock is taken for a sign of it for so long: it is touched when the server starts. */
const TRACE_GOOD_MS = 12 * 3_600_000;

/**
 * The one place that knows where the running Worker of a project looks: in the files of its state folder, through which
 * server these are reached, or somewhere else. It goes by the registry, by what the ports answer, by what the system
 * tells of the servers' processes, and by the kind of the file system; the lock is for whoever opens the files.
 */
export class Serving {
  readonly #parts: ServingParts;
  readonly #system: ServerSystem;
  #found: { until: number; readonly signature: string; readonly served: Promise<Served> } | undefined;
  /** Whether those who run are others'; it holds good for as long, and for the same ones alone. */
  #others: { readonly at: number; readonly signature: string; readonly verdict: Promise<boolean> } | undefined;
  #wasRunning = false;

  constructor(parts: ServingParts) {
    this.#parts = parts;
    this.#system = parts.servers.system;
  }

  /**
   * Whether the files may be written as far as the lock allows it. Takes under a millisecond where no server runs, and
   * some where one that is not registered may run.
   */
  async opensFiles(): Promise<boolean> {
    const { servers, project, state } = this.#parts;
    const [running, kind] = await Promise.all([servers.running(), this.#system.fileSystemOf(state.path)]);
    if (sharesLocks(kind) && !this.#wasRunning && !project().mayBeVite) {
      if (running.length === 0) return true;
      // A server may have been told another name than those that are known here.
      const isNamed = running.some((one) => isRegisteredFor(project(), one));
      if (!isNamed && (await this.#areOfOthers(running))) return true;
    }
    return !(await this.look()).isRunning;
  }

  /** Takes some milliseconds, or seconds when a port is silent. */
  async look(): Promise<Served> {
    const { servers, project, state } = this.#parts;
    const [running, kind] = await Promise.all([servers.running(), this.#system.fileSystemOf(state.path)]);
    const registered = running.filter((one) => isRegisteredFor(project(), one));
    const signature = JSON.stringify([registered.map(({ name, instance }) => [name, instance]), kind, project()]);
    const known = this.#found;
    // Without locks nothing else would stop a write in that time.
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

  /** To be called when what was found turned out to be wrong. */
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

  /** Whether the system tells of each of them that it was started for another project, and keeps its data elsewhere. */
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

  /** First the ports that people name or servers take by themselves; then those of processes that none of these has. */
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

  /** One port after the other until an Explorer answers: what else a server listens on is left in peace. */
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

  /** The newest trace of somebody whose lock is not seen here. */
  async #traceOf(state: StateFolder): Promise<string | undefined> {
    const since = Date.now() - TRACE_GOOD_MS;
    const found = await Promise.all(
      state.lockTraces.map(async (path) => ({ path, at: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 })),
    );
    return found.find(({ at }) => at > since)?.path;
  }
}

const OWN: Claim = { kind: 'own' };

/** Started with a config of the project too, such a server is its own, even if it calls itself another project's. */
const runsWorkerOf = ({ names }: ServedProject, { workers }: DevServer): boolean =>
  workers.some(({ name }) => names.includes(name));

/** Vite's, or of a framework on it, as far as that can be told. */
function isVite(process: ServerProcess | undefined, { mayBeVite = false }: ServedProject): boolean {
  const program = process && programOf(process);
  return program === undefined ? mayBeVite : program === 'vite';
}

/** What Vite listens on itself is opened after its runtime; wrangler listens on nothing for people. */
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
  /** Whether its data lies in the state folder, where the system tells. */
  readonly isHere: boolean | undefined;
}

async function refusalOf({ server, claim, process }: Judged, project: ServedProject): Promise<Refusal> {
  const { port } = server.address;
  const data = process ? folderOf(process) : {};
  const folder = claim.kind === 'second' ? claim.folder : await ownerOf(data.folder, project.neighbours ?? []);
  if (folder !== undefined) return { reason: 'servedWith', port, folder };
  return { reason: 'elsewhere', port, ...data, ...(isVite(process, project) && { isVite: true }) };
}

/** Of the processes started for the project on data elsewhere, one without an Explorer that would tell. */
function hiddenAmong(
  started: readonly ServerProcess[],
  { judged, project }: { readonly judged: readonly Judged[]; readonly project: ServedProject },
): Refusal | undefined {
  const seen = new Set(judged.map(({ process }) => process));
  const hidden = started.find((one) => !seen.has(one) && one.kvFolders.length > 0 && isServer(one));
  return hidden && { reason: 'elsewhere', ...folderOf(hidden), ...(isVite(hidden, project) && { isVite: true }) };
}

/** Whose state folder it is; a process tells the real path of its own. */
async function ownerOf(data: string | undefined, neighbours: readonly Neighbour[]): Promise<string | undefined> {
  if (data === undefined) return undefined;
  const states = await Promise.all(neighbours.map(async ({ folder }) => await realPlace(defaultStateFolder(folder))));
  return neighbours[states.indexOf(data)]?.folder;
}

/** The folder as `--persist-to` takes it. */
function folderOf({ kvFolders: [kv] }: ServerProcess): { folder?: string } {
  if (kv === undefined) return {};
  const above = dirname(kv);
  return { folder: basename(above) === 'v3' ? dirname(above) : above };
}

interface Seen {
  readonly found: Found;
  readonly processes: readonly ServerProcess[];
  /** Those among them that were started for the project. */
  readonly started: ReadonlySet<ServerProcess>;
}

/** A Worker of the project that is registered and answers, and that no server and no process accounts for. */
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
