import { constants } from 'node:fs';
import files, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { dirname } from 'node:path';

/** The content of a file; an open file outlives its name. */
interface Node {
  data: Buffer;
  length: number;
  mode: number;
  mtimeMs: number;
}

export interface MemoryFilesOptions {
  /** Awaited before every call; if it throws, so does the call. */
  readonly before?: (call: string, path: string) => void | Promise<void>;
  /** How many bytes of a write fit on the disk; all of them by default. */
  readonly room?: (path: string, bytes: number) => number | undefined;
  /** Modification time of files, in milliseconds since 1970; the real time by default. */
  readonly clock?: () => number;
}

/**
 * A folder that exists only in memory, for code that uses `node:fs/promises`. It is as fast as that code, its disk
 * fails on demand, and nothing happens by itself. Calls for paths outside of it go to the real functions.
 */
export class MemoryFiles {
  static #count = 0;
  /** No real path begins like this. */
  readonly root = `/in-memory-${++MemoryFiles.#count}`;
  readonly #nodes = new Map<string, Node>();
  readonly #folders = new Map<string, number>();
  readonly #real = { ...files };
  options: MemoryFilesOptions;

  constructor(options: MemoryFilesOptions = {}) {
    this.options = options;
    this.#folders.set(this.root, 0o755);
    const ours = (path: unknown): path is string => typeof path === 'string' && path.startsWith(`${this.root}/`);
    const real = this.#real;
    const replace = <A extends readonly unknown[], R>(theirs: (...args: A) => R, mine: (...args: A) => R) => {
      return (...args: A): R => (ours(args[0]) ? mine(...args) : theirs(...args));
    };
    Object.assign(files, {
      appendFile: replace(real.appendFile, (path, data, options) =>
        this.#append(
          String(path),
          data,
          typeof options === 'object' && options ? Number(options.mode ?? 0o666) : 0o666,
        ),
      ),
      chmod: replace(real.chmod, async (path, mode) => {
        await this.#call('chmod', String(path));
        if (this.#folders.has(String(path))) this.#folders.set(String(path), Number(mode));
        else this.#node(String(path)).mode = Number(mode);
      }),
      mkdir: (path: unknown, options: { readonly mode?: number }) =>
        ours(path) ? this.#makeFolder(path, options.mode ?? 0o777) : real.mkdir(String(path), options),
      open: replace(real.open, (path, flags, mode) => this.#open(String(path), flags ?? 'r', Number(mode ?? 0o666))),
      readdir: (path: unknown, ...rest: never[]) =>
        ours(path) ? this.#names(path) : Reflect.apply(real.readdir, files, [path, ...rest]),
      readFile: (path: unknown, ...rest: never[]) =>
        ours(path) ? this.#text(path) : Reflect.apply(real.readFile, files, [path, ...rest]),
      rename: replace(real.rename, async (from, to) => {
        await this.#call('rename', String(from));
        this.#nodes.set(String(to), this.#node(String(from)));
        this.#nodes.delete(String(from));
      }),
      rm: replace(real.rm, async (path, options) => {
        await this.#call('rm', String(path));
        if (!this.#nodes.delete(String(path)) && !options?.force) throw failure('ENOENT');
      }),
      stat: (path: unknown, ...rest: never[]) =>
        ours(path) ? this.#stat(path) : Reflect.apply(real.stat, files, [path, ...rest]),
      utimes: replace(real.utimes, async (path, _, mtime) => {
        await this.#call('utimes', String(path));
        this.#node(String(path)).mtimeMs = Number(mtime) * 1000;
      }),
    });
    syncBuiltinESMExports();
  }

  dispose(): void {
    Object.assign(files, this.#real);
    syncBuiltinESMExports();
  }

  /** The paths of all files. */
  get paths(): readonly string[] {
    return [...this.#nodes.keys()].sort();
  }

  /** Reads a file directly, without a recorded call. */
  peek(path: string): string {
    const node = this.#nodes.get(path);
    return node ? node.data.toString('utf8', 0, node.length) : '';
  }

  clear(): void {
    this.#nodes.clear();
  }

  /** Removes everything in the root. */
  removeFolders(): void {
    this.clear();
    for (const folder of [...this.#folders.keys()]) if (folder !== this.root) this.#folders.delete(folder);
  }

  async #call(call: string, path: string): Promise<void> {
    const waits = this.options.before?.(call, path);
    await waits;
  }

  #now(): number {
    return (this.options.clock ?? Date.now)();
  }

  #node(path: string): Node {
    const node = this.#nodes.get(path);
    if (node === undefined) throw failure('ENOENT');
    return node;
  }

  #made(path: string, mode: number): Node {
    if (!this.#folders.has(dirname(path))) throw failure('ENOENT');
    const node = { data: Buffer.alloc(0), length: 0, mode, mtimeMs: this.#now() };
    this.#nodes.set(path, node);
    return node;
  }

  #write(path: string, node: Node, data: unknown): void {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(String(data));
    const room = Math.min(bytes.length, this.options.room?.(path, bytes.length) ?? bytes.length);
    if (node.length + room > node.data.length) {
      const larger = Buffer.alloc((node.length + room) * 2);
      node.data.copy(larger, 0, 0, node.length);
      node.data = larger;
    }
    bytes.copy(node.data, node.length, 0, room);
    node.length += room;
    node.mtimeMs = this.#now();
    if (room < bytes.length) throw failure('ENOSPC');
  }

  async #append(path: string, data: unknown, mode: number): Promise<void> {
    await this.#call('appendFile', path);
    const node = this.#nodes.get(path) ?? this.#made(path, mode);
    await this.#call('write', path);
    this.#write(path, node, data);
  }

  async #makeFolder(path: string, mode: number): Promise<undefined> {
    await this.#call('mkdir', path);
    for (let folder = path; !this.#folders.has(folder); folder = dirname(folder)) this.#folders.set(folder, mode);
    return undefined;
  }

  async #names(path: string): Promise<string[]> {
    await this.#call('readdir', path);
    if (!this.#folders.has(path)) throw failure('ENOENT');
    return this.paths.filter((file) => dirname(file) === path).map((file) => file.slice(path.length + 1));
  }

  async #text(path: string): Promise<string> {
    await this.#call('readFile', path);
    this.#node(path);
    return this.peek(path);
  }

  async #stat(path: string) {
    await this.#call('stat', path);
    const mode = this.#folders.get(path);
    if (mode !== undefined) return { mode, size: 0, mtimeMs: 0 };
    return statOf(this.#node(path));
  }

  async #open(path: string, flags: string | number, mode: number): Promise<FileHandle> {
    await this.#call('open', path);
    const known = this.#nodes.get(path);
    if (known && String(flags).includes('x')) throw failure('EEXIST');
    const isMade = typeof flags === 'number' ? (flags & constants.O_CREAT) !== 0 : flags !== 'r';
    if (known === undefined && !isMade) throw failure('ENOENT');
    const node = known ?? this.#made(path, mode);
    let at = 0;
    const handle = {
      appendFile: async (data: unknown) => {
        await this.#call('write', path);
        this.#write(path, node, data);
      },
      truncate: async (length = 0) => {
        await this.#call('truncate', path);
        node.length = Math.min(node.length, length);
      },
      datasync: () => this.#call('datasync', path),
      close: async () => {},
      stat: async () => {
        await this.#call('fstat', path);
        return { ...statOf(node), nlink: [...this.#nodes.values()].includes(node) ? 1 : 0 };
      },
      read: async (buffer: Buffer, offset: number, length: number, position: number | null) => {
        await this.#call('read', path);
        const start = position ?? at;
        const bytesRead = Math.max(0, Math.min(length, node.length - start));
        node.data.copy(buffer, offset, start, start + bytesRead);
        if (position === null) at += bytesRead;
        return { bytesRead, buffer };
      },
    };
    // It implements only the part that is used.
    return handle as unknown as FileHandle;
  }
}

const statOf = ({ mode, length, mtimeMs }: Node) => ({ mode, size: length, mtimeMs });

/** Created without a stack, because there are many and most are expected. */
function failure(code: string): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = Object.assign(new Error(code), { code });
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}
