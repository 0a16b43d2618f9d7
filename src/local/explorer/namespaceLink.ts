import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { databaseHash } from '../naming.ts';
import { isRegisteredFor, type ServedProject } from '../serving/ownership.ts';
import type { Serving } from '../serving/serving.ts';
import { FaultError } from '../sqlite/fault.ts';
import type { NamespaceFiles } from '../sqlite/protocol.ts';
import { prove, type Witness } from './canary.ts';
import type { DevServers } from './devServers.ts';
import type { DevServer } from './identity.ts';
import { NamespaceApi } from './namespaceApi.ts';
import type { Refusal } from './refusal.ts';

export interface LinkParts {
  readonly servers: DevServers;
  readonly project: () => ServedProject;
  readonly serving: Pick<Serving, 'look' | 'forget'>;
  /** Makes the witness that looks for an entry in the files of a namespace. */
  readonly witness: (files: NamespaceFiles) => Witness;
  /** Called when a server was proved, or a proved one has gone. */
  readonly onDidChange: () => void;
}

interface Proved {
  readonly api: NamespaceApi;
  readonly instance: string | undefined;
  readonly database: string;
  /** The identity of the file that was proved: a different file in its place proves nothing. */
  readonly file: string;
  readonly at: number;
}

/** How long a proof holds if a server cannot be told from the next one on its port. */
const UNSURE_PROOF_MS = 10_000;
/** How long to wait before asking a server again that keeps its data elsewhere. */
const REFUTED_MS = 30_000;
/**
 * How long a server takes to start or stop. One that has been registered for longer listens on a port that we do not
 * know.
 */
const STARTING_MS = 5000;
/** No server takes longer than this to start. After a pause in asking, the time starts again. */
const IN_VAIN_MS = 15_000;
const PAUSE_IN_ASKING_MS = 60_000;

/**
 * The way from one namespace of a state folder to the dev server that uses it. A server counts as proved if it belongs
 * to the project and an entry put through it was seen in that very file. The proof is kept until the server or the file
 * changes.
 */
export class NamespaceLink {
  readonly #parts: LinkParts;
  readonly #id: string;
  readonly #locate: () => Promise<NamespaceFiles>;
  readonly #refuted = new Map<string, number>();
  #proved: Proved | undefined;
  #proving: Promise<NamespaceApi | Refusal> | undefined;
  #refusal: Refusal | undefined;
  #leftovers: string[] = [];
  #lostAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #waitingSince = 0;

  constructor(id: string, locate: () => Promise<NamespaceFiles>, parts: LinkParts) {
    this.#id = id;
    this.#locate = locate;
    this.#parts = parts;
  }

  /** Whether a server was proved, even if it has gone since. */
  get isProved(): boolean {
    return this.#proved !== undefined;
  }

  /** Call this when the server did not answer. */
  forget(): void {
    if (this.#proved === undefined) return;
    this.#proved = undefined;
    this.#lostAt = performance.now();
    this.#parts.serving.forget();
    this.#parts.onDidChange();
  }

  /** Whether a server that could not be used a moment ago may be usable soon, because it is starting or stopping. */
  async mayOpenSoon(): Promise<boolean> {
    // The server may be stopping, or about to come back with changed code.
    if (performance.now() - this.#lostAt < STARTING_MS) return true;
    const refusal = this.#refusal;
    if (refusal !== undefined && refusal.reason !== 'unknownPort') return false;
    // A server that is starting, or reloading changed code, keeps requests waiting.
    if (refusal?.unusable.some(({ kind }) => kind === 'silent')) return true;
    const { servers, project } = this.#parts;
    const registered = (await servers.registered()).filter((one) => isRegisteredFor(project(), one));
    return registered.every(({ since }) => Date.now() - since < STARTING_MS) && !this.#isInVain();
  }

  /** A user who saves repeatedly while another program holds the lock for long should not have to wait each time. */
  #isInVain(): boolean {
    const now = performance.now();
    if (now - this.#askedAt > PAUSE_IN_ASKING_MS) this.#waitingSince = now;
    this.#askedAt = now;
    return now - this.#waitingSince > IN_VAIN_MS;
  }

  /** Removes and returns the keys that a proof could not delete again; the caller takes care of them. */
  takeLeftovers(): readonly string[] {
    return this.#leftovers.splice(0);
  }

  keepLeftovers(keys: readonly string[]): void {
    this.#leftovers.push(...keys);
  }

  /** The proved API of the namespace, or why there is none. Sends no request if it was proved before. Never rejects. */
  async connect(): Promise<NamespaceApi | Refusal> {
    const known = this.#proved;
    if (known !== undefined && (await this.#isGood(known))) return known.api;
    if (known === this.#proved) this.forget();
    this.#proving ??= this.#search()
      .catch((fault): Refusal => ({ reason: 'fault', fault }))
      .finally(() => {
        this.#proving = undefined;
      });
    const found = await this.#proving;
    this.#refusal = 'reason' in found ? found : undefined;
    return found;
  }

  async #isGood({ api, instance, database, file, at }: Proved): Promise<boolean> {
    if (fileIdentity(database) !== file) return false;
    if ((await this.#parts.servers.instanceOf(api.server)) !== instance) return false;
    return instance !== undefined || performance.now() - at < UNSURE_PROOF_MS;
  }

  async #search(): Promise<NamespaceApi | Refusal> {
    const files = await this.#locate();
    const fault = files.unwritable;
    if (fault === 'brokenId') {
      return { reason: 'fault', fault: new FaultError({ reason: fault, path: files.database, detail: this.#id }) };
    }
    if (!isAddressable(this.#id, files)) return { reason: 'unknownId' };
    const served = await this.#parts.serving.look();
    const { servers } = served;
    let { refusal } = served;
    const knowing = servers.filter((server) => server.namespaces.includes(this.#id));
    for (const server of new Set([...knowing, ...servers])) {
      const answer = await this.#try(server, files);
      if (answer instanceof NamespaceApi) return answer;
      if (answer !== undefined) refusal = answer;
    }
    return refusal;
  }

  async #try(server: DevServer, files: NamespaceFiles): Promise<NamespaceApi | Refusal | undefined> {
    const { host, port } = server.address;
    const { database } = files;
    // An id that neither the server nor the disk knows may be mistyped, and a put would create the namespace.
    if (!server.namespaces.includes(this.#id) && fileIdentity(database) === '')
      return { reason: 'unknownNamespace', port };
    const instance = await this.#parts.servers.instanceOf(server);
    const name = `${host} ${port} ${instance} ${database}`;
    const refutedAt = this.#refuted.get(name);
    const elsewhere: Refusal = { reason: 'elsewhere', port, ...(this.#parts.project().mayBeVite && { isVite: true }) };
    if (refutedAt !== undefined && performance.now() - refutedAt < REFUTED_MS) return elsewhere;
    const api = new NamespaceApi(this.#parts.servers.http, server, this.#id);
    const { outcome, leftover } = await prove(api, this.#parts.witness(files));
    if (leftover !== undefined) this.#leftovers.push(leftover);
    switch (outcome) {
      case 'proved':
        this.#proved = { api, instance, database, file: fileIdentity(database), at: performance.now() };
        this.#parts.onDidChange();
        return api;
      case 'elsewhere':
        this.#refuted.set(name, performance.now());
        return elsewhere;
      case 'unknownNamespace':
      case 'failing':
        return { reason: outcome, port };
      case 'gone':
        return undefined;
    }
  }
}

/** An id made of dots would lead to another path, and of some namespaces only the hash of the id is known. */
const isAddressable = (id: string, { database }: NamespaceFiles): boolean =>
  id.isWellFormed() && id !== '.' && id !== '..' && basename(database) === `${databaseHash(id)}.sqlite`;

function fileIdentity(path: string): string {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  return file === undefined ? '' : `${file.dev}:${file.ino}`;
}
