import { sep } from 'node:path';
import { throwIfCancelled } from '../core/base/cancel.ts';
import { isKvError } from '../core/base/errors.ts';
import { Emitter, type Event } from '../core/base/event.ts';
import type { Space, SpaceQuery } from '../core/space/space.ts';
import type { Activity } from '../core/store/activity.ts';
import type {
  DevServerStatus,
  KvNamespace,
  KvSource,
  KvStore,
  SourceChange,
  SourceProblem,
} from '../core/store/store.ts';
import { validated } from '../core/store/wrappers/validated.ts';
import { DevServers } from './explorer/devServers.ts';
import { StatusWatch } from './explorer/statusWatch.ts';
import { notListed, notRemoved } from './faultErrors.ts';
import { checkInside, folderProblem, isReallyInside, outsideProblem } from './folderFault.ts';
import { devId, idsOf, localNamespaces } from './localNamespaces.ts';
import { idOf, type LocalProject, looksSame } from './localProject.ts';
import { databaseHash, isDatabaseHash } from './naming.ts';
import { OwnWrites } from './ownWrites.ts';
import { servedProject } from './servedProject.ts';
import { Serving } from './serving/serving.ts';
import { SourceActivity } from './sourceActivity.ts';
import { type LocalSpaceOptions, localSpace } from './space/localSpace.ts';
import type { SqliteClient } from './sqlite/client.ts';
import { FaultError } from './sqlite/fault.ts';
import type { NamespaceFiles } from './sqlite/protocol.ts';
import { type SampleBlobs, StateFolder } from './stateFolder.ts';
import { StateWatch } from './stateWatch.ts';
import { StoreMaker } from './storeMaker.ts';

/** The local KV of one project: one state folder. Stores read and write it directly, so no data is kept here. */
export class LocalSource implements KvSource {
  readonly id: string;
  readonly kind = 'local';
  readonly state: StateFolder;
  readonly #client: SqliteClient;
  readonly #changed = new Emitter<SourceChange>();
  /** Namespace ids by the hash that is the name of their database. */
  readonly #ids = new Map<string, string>();
  readonly #own = new OwnWrites();
  readonly #servers: DevServers;
  readonly #stores: StoreMaker;
  readonly #serving: Serving;
  readonly #statusChanged = new Emitter<DevServerStatus>();
  #project: LocalProject;
  /** What was wrong with the state folder when it was last listed. */
  #folderProblem: SourceProblem | undefined;
  #watch: StateWatch | undefined;
  #statusWatch: StatusWatch | undefined;
  #status: DevServerStatus = { devServer: 'none' };

  /** Reports our own writes, and what others do in the state folder, which is watched once there is a listener. */
  readonly onDidChange: Event<SourceChange> = (listener) => {
    this.#watch ??= new StateWatch(
      this.#client,
      this.state,
      (hash) => this.#ids.get(hash),
      (change) => this.changed(this.#own.without(change)),
    );
    return this.#changed.event(listener);
  };

  /** Reports whether a dev server of the project runs. The registry is watched once there is a listener. */
  readonly onDidChangeStatus: Event<DevServerStatus> = (listener) => {
    this.#statusWatch ??= new StatusWatch(
      this.#servers,
      this.#serving,
      () => servedProject(this.#project),
      (status) => {
        this.#status = status;
        this.#statusChanged.fire(status);
      },
    );
    return this.#statusChanged.event(listener);
  };

  constructor(client: SqliteClient, project: LocalProject, servers = new DevServers(), id = idOf(project)) {
    this.#client = client;
    this.#project = project;
    this.#servers = servers;
    this.state = new StateFolder(project.stateFolder);
    const served = () => servedProject(this.#project);
    this.#serving = new Serving({ servers, state: this.state, project: served });
    this.#stores = new StoreMaker({
      client,
      servers,
      project: served,
      serving: this.#serving,
      lock: this.state.lock,
      onDidFindOrLose: () => this.#statusWatch?.lookSoon(),
    });
    this.id = id;
  }

  get label(): string {
    return this.#project.label;
  }

  get projectName(): string {
    return this.#project.name;
  }

  /** Those of the state folder are as {@link namespaces} last saw them. */
  get problems(): readonly SourceProblem[] {
    const { problems } = this.#project;
    const own = this.#folderProblem;
    if (own === undefined) return problems;
    // The workspace search reports the folder by its parent.
    const isSame = ({ path, isFolder }: SourceProblem): boolean =>
      path === own.path || (isFolder === true && own.path.startsWith(path + sep));
    return [...problems.filter((problem) => !isSame(problem)), own];
  }

  get configs(): readonly string[] {
    return this.#project.configs.map(({ path }) => path);
  }

  get wranglerFlags(): readonly string[] | undefined {
    const { persistTo } = this.state;
    return persistTo === undefined ? undefined : ['--local', '--persist-to', persistTo];
  }

  /** As last seen. Kept up to date while {@link onDidChangeStatus} has a listener. */
  get status(): DevServerStatus {
    return this.#status;
  }

  get project(): LocalProject {
    return this.#project;
  }

  /** Takes over a new state of the project; its state folder stays the same. */
  update(project: LocalProject): void {
    const isShownAlike = looksSame(this.#project, project);
    this.#project = project;
    this.#statusWatch?.lookSoon();
    if (!isShownAlike) this.changed();
  }

  /** Reports that a namespace, some of its keys, or everything may have changed. */
  changed(change: SourceChange = {}): void {
    this.#changed.fire(change);
  }

  async namespaces(signal?: AbortSignal): Promise<readonly KvNamespace[]> {
    throwIfCancelled(signal);
    const { configs, titles } = this.#project;
    const ids = configs.flatMap((config) => config.bindings.flatMap(idsOf));
    this.#folderProblem = await this.#lookAtFolder();
    const onDisk = this.#folderProblem ? [] : await this.state.namespaces([...titles.keys(), ...ids]);
    throwIfCancelled(signal);
    const namespaces = localNamespaces(this.id, configs, onDisk, titles);
    for (const { id } of namespaces) this.#know(id);
    return namespaces;
  }

  /**
   * Checks whether a state folder that could not be read can be read now, and reports it. Cheap if nothing was wrong.
   */
  async lookAgain(): Promise<void> {
    const before = this.#folderProblem;
    if (before !== undefined && (await this.#lookAtFolder())?.message !== before.message) this.changed();
  }

  /** True for the name of a database, existing or not, unless a namespace has it as its id. */
  isIdUnknown(namespaceId: string): boolean {
    if (!isDatabaseHash(namespaceId)) return false;
    if (this.state.hasDatabase(namespaceId)) return true;
    const { configs, titles } = this.#project;
    const isBound = configs.some(({ bindings }) => bindings.some((binding) => idsOf(binding).includes(namespaceId)));
    return !isBound && !titles.has(namespaceId) && !this.state.hasValues(namespaceId);
  }

  /** Whether the namespace is bound or on disk. If the folder cannot be read, reading it reports that. */
  async has(namespaceId: string): Promise<boolean> {
    const { configs } = this.#project;
    if (configs.some(({ bindings }) => bindings.some((binding) => devId(binding).id === namespaceId))) return true;
    return this.state.hasDatabase(this.#hashOf(namespaceId)) || (await this.#lookAtFolder()) !== undefined;
  }

  /** Validates what it is given. The namespace need not exist: its first write creates it. */
  store(namespaceId: string): KvStore {
    this.#know(namespaceId);
    return validated(
      this.#stores.make(namespaceId, this.#locator(namespaceId), (keys) => {
        this.#own.note(namespaceId, keys);
        this.changed({ namespace: namespaceId, keys });
      }),
    );
  }

  follow(): Activity {
    return new SourceActivity({
      client: this.#client,
      state: this.state,
      list: () => this.namespaces(),
      idOf: (hash) => this.#ids.get(hash) ?? hash,
      locate: (namespaceId) => this.#locator(namespaceId)(),
    });
  }

  async space(namespaceId: string, query: SpaceQuery, options: LocalSpaceOptions = {}): Promise<Space> {
    this.#know(namespaceId);
    try {
      return await localSpace(await this.#locator(namespaceId)(), query, options);
    } catch (error) {
      throw isKvError(error) ? error : notListed(error);
    }
  }

  /** Removes the namespace's files. If a binding names it, it still appears, empty. */
  async remove(namespaceId: string): Promise<void> {
    try {
      const files = await this.#locator(namespaceId)();
      if (!(await this.#serving.opensFiles())) {
        throw new FaultError({ reason: 'devServer', path: files.lock, detail: 'a server of the project runs' });
      }
      await this.#client.request('removeNamespace', { files });
    } catch (error) {
      throw notRemoved(error);
    }
    this.changed({ only: 'names' });
    this.changed({ namespace: namespaceId });
  }

  dispose(): void {
    this.#watch?.dispose();
    this.#statusWatch?.dispose();
    this.#statusChanged.dispose();
    this.#changed.dispose();
  }

  async #lookAtFolder(): Promise<SourceProblem | undefined> {
    const { kv, databases } = this.state;
    const { confinedTo } = this.#project;
    if (confinedTo !== undefined && !(await isReallyInside(databases, confinedTo))) return outsideProblem(kv);
    return await folderProblem(databases);
  }

  #know(namespaceId: string): void {
    this.#ids.set(this.#hashOf(namespaceId), namespaceId);
  }

  /** The name of its database. */
  #hashOf(namespaceId: string): string {
    return this.isIdUnknown(namespaceId) ? namespaceId : databaseHash(namespaceId);
  }

  /** Locates the files of a namespace by its id, or by the name of its database if the id is unknown. */
  #locator(namespaceId: string): () => Promise<NamespaceFiles> {
    const files = this.state.filesOf(namespaceId);
    const sample: SampleBlobs = async (database) => await this.#client.request('sampleBlobs', { database });
    let found: NamespaceFiles | undefined;
    const locate = async (): Promise<NamespaceFiles> => {
      if (!this.isIdUnknown(namespaceId)) return files;
      if (!this.state.hasDatabase(namespaceId)) return this.state.filesOfLost(namespaceId);
      if (found === undefined || found.blobs === '') found = await this.state.filesOfHash(namespaceId, sample);
      return found;
    };
    return async () => {
      const { confinedTo } = this.#project;
      if (confinedTo === undefined) return await locate();
      // Checked before a database is opened to find out where its values lie, and again with the result.
      await checkInside(files, confinedTo);
      const located = await locate();
      await checkInside(located, confinedTo);
      return located;
    };
  }
}
