import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { realOrSameSync } from '../core/base/paths.ts';
import { blobsFolderName, databaseHash, isBrokenInMiniflare, isDatabaseHash } from './naming.ts';
import type { NamespaceFiles } from './sqlite/protocol.ts';

const DATABASES = 'miniflare-KVNamespaceObject';
export const DATABASE_FILE = /^([0-9a-f]{64})\.sqlite$/;
/** A folder that ends like this always has the usual layout, so the disk need not be asked. */
const USUAL_END = join('.wrangler', 'state');
const SOURCE_HASH_LENGTH = 16;

/** A namespace that has a database. */
export interface NamespaceOnDisk {
  /** The real id if it could be found out, or else the 64 hex digits of the database's name. */
  readonly id: string;
  readonly isIdKnown: boolean;
}

/** Returns the names of a few value files that a database refers to; may reject. */
export type SampleBlobs = (database: string) => Promise<readonly string[]>;

/** Where wrangler keeps its state by default, below the folder of a config. */
export const defaultStateFolder = (projectFolder: string): string => join(projectFolder, '.wrangler', 'state');

/**
 * `local-` and 16 hex digits. It stays the same as long as the project stays where it is, whether or not there is any
 * state. A project that is reached through a link has the id of its real folder.
 */
export function localSourceId(projectFolder: string, stateFolder: string): string {
  const below = relative(projectFolder, stateFolder).split(sep).join('/');
  const hash = createHash('sha256')
    .update(`${realOrSameSync(projectFolder)}\0${below}`)
    .digest('hex');
  return `local-${hash.slice(0, SOURCE_HASH_LENGTH)}`;
}

/** The KV part of a wrangler state folder, as given to `--persist-to`. Nothing in it need exist. */
export class StateFolder {
  /** Absolute. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Where wrangler keeps it; otherwise where `getPlatformProxy` does in such a folder, or the folder itself. */
  get kv(): string {
    const usual = join(this.path, 'v3', 'kv');
    if (this.path.endsWith(USUAL_END) || existsSync(usual)) return usual;
    const own = [this.path, join(this.path, 'kv')].find((folder) => existsSync(join(folder, DATABASES)));
    return own ?? usual;
  }

  /** The value of `--persist-to` that makes wrangler look here; `undefined` if there is none. */
  get persistTo(): string | undefined {
    const { kv } = this;
    const version = dirname(kv);
    return basename(kv) === 'kv' && basename(version) === 'v3' ? dirname(version) : undefined;
  }

  /** The folder of the databases: every write to any namespace changes something in it. */
  get databases(): string {
    return join(this.kv, DATABASES);
  }

  /** The database that a running dev server keeps locked. */
  get lock(): string {
    return join(this.databases, 'metadata.sqlite');
  }

  database(hash: string): string {
    return join(this.databases, `${hash}.sqlite`);
  }

  filesOf(namespaceId: string): NamespaceFiles {
    return {
      database: this.database(databaseHash(namespaceId)),
      blobs: this.#blobs(blobsFolderName(namespaceId)),
      lock: this.lock,
      ...(isBrokenInMiniflare(namespaceId) && { unwritable: 'brokenId' }),
    };
  }

  /** The files of a namespace known only by the name of a database that is missing: its id is unknown. */
  filesOfLost(hash: string): NamespaceFiles {
    return { database: this.database(hash), blobs: '', lock: this.lock, unwritable: 'unknownId' };
  }

  /** Whether there are values here for a namespace with this exact id. */
  hasValues(namespaceId: string): boolean {
    return existsSync(this.#blobs(blobsFolderName(namespaceId)));
  }

  /** Files that lie beside the lock while a dev server runs, and after it ended until somebody opens the lock again. */
  get lockTraces(): readonly string[] {
    return ['-wal', '-shm'].map((ending) => this.lock + ending);
  }

  /** Whether this is the name of a database here, which stands for a namespace of unknown id. */
  hasDatabase(hash: string): boolean {
    return isDatabaseHash(hash) && existsSync(this.database(hash));
  }

  /** The files of a namespace of unknown id: its values lie in the folder that contains the files named in its rows. */
  async filesOfHash(hash: string, sample: SampleBlobs): Promise<NamespaceFiles> {
    const database = this.database(hash);
    for (const blob of await sample(database)) {
      for (const folder of await this.valueFolders()) {
        if (await exists(join(this.#blobs(folder), blob)))
          return { database, blobs: this.#blobs(folder), lock: this.lock };
      }
    }
    return { database, blobs: '', lock: this.lock, unwritable: 'unknownBlobs' };
  }

  /**
   * Every namespace that has a database. A database is named by a hash, so ids are guessed and hashed: `candidates`
   * (ids and names in wrangler configs), then the names of the folders of values.
   */
  async namespaces(candidates: Iterable<string>): Promise<readonly NamespaceOnDisk[]> {
    const hashes = (await names(this.databases)).flatMap((name) => DATABASE_FILE.exec(name)?.[1] ?? []);
    if (hashes.length === 0) return [];
    const ids = new Map<string, string>();
    for (const id of [...(await this.valueFolders()), ...candidates]) ids.set(databaseHash(id), id);
    return hashes.map((hash) => {
      const id = ids.get(hash);
      return { id: id ?? hash, isIdKnown: id !== undefined };
    });
  }

  #blobs(folder: string): string {
    return join(this.kv, folder, 'blobs');
  }

  /** The names of the folders that hold the values of namespaces. */
  async valueFolders(): Promise<readonly string[]> {
    return (await names(this.kv)).filter((name) => name !== DATABASES);
  }
}

async function names(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    // The folder is missing or was just removed, so it holds nothing.
    return [];
  }
}

const exists = async (path: string): Promise<boolean> =>
  await access(path).then(
    () => true,
    () => false,
  );
