import { createHash } from 'node:crypto';
import { appendFile, chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLines } from '../change/undo/backupFormat.ts';
import type { JsonValue } from '../entry/entry.ts';

/** What makes two starts the same work: the command, and from where to where. */
export interface Work {
  /** Short name of the command that takes it up again. */
  readonly command: string;
  /** JSON that the command understands; always built in the same order. */
  readonly args: JsonValue;
}

/** Work that stopped before it had done everything. */
export interface UnfinishedWork extends Work {
  readonly id: string;
  /** Ids of the sources that it reads or writes. */
  readonly sources: readonly string[];
  /** For a person: "Importing users.json into SESSIONS (local, shop)". */
  readonly title: string;
  /** Keys in all, and those that are behind it. */
  readonly total: number;
  readonly done: number;
  /** When it began first, in milliseconds since 1970. */
  readonly at: number;
  /** Id of the backup of what it has overwritten, or of one that another backup has taken in. */
  readonly undo?: string;
  /** Its window was closed or broke down, and nobody has been told yet. */
  readonly isNews: boolean;
}

/** Work that is being done. Failures to note how far it is are its own affair: the work goes on. */
export interface WorkNotes {
  /** `done` keys are behind it. */
  advance(done: number): Promise<void>;
  /** Everything was done: there is nothing to take up again. */
  finish(): Promise<void>;
  /** It ended before that; the user knows. With `isUntouched` it has not written anything. */
  stop(isUntouched?: boolean): Promise<void>;
}

export interface UnfinishedOptions {
  /** Notes older than this are removed, in days; read at every use. */
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** This process, and whether another one still runs. */
  readonly pid: number;
  readonly isRunning: (pid: number) => boolean;
}

interface Header extends Work {
  readonly title: string;
  readonly total: number;
  readonly at: number;
  readonly undo?: string;
  readonly pid: number;
}

const NAME = /^[0-9a-f]{32}\.ndjson$/;
const DAY = 86_400_000;

/**
 * Notes on bulk work that is under way: files of the owner alone in one folder that several windows share, each a
 * header and then one line for every batch. A file that outlives its work is work to be taken up again. No values are
 * in them.
 */
export class Unfinished {
  readonly #folder: string;
  readonly #options: UnfinishedOptions;
  /** Ids of what this process is doing right now. */
  readonly #running = new Set<string>();

  constructor(folder: string, options: UnfinishedOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Notes that work begins; `at` when it first did, for work that is taken up again. */
  async begin(
    { command, args }: Work,
    about: { readonly title: string; readonly total: number; readonly undo?: string | undefined; readonly at?: number },
  ): Promise<WorkNotes> {
    const id = idOf({ command, args });
    const path = this.#path(id);
    const { title, total, undo, at = this.#options.clock() } = about;
    const header: Header = { command, args, title, total, at, pid: this.#options.pid, ...(undo && { undo }) };
    this.#running.add(id);
    await quietly(async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await chmod(this.#folder, 0o700);
      // In one go: a window that closes right now leaves the notes of before, or these.
      await writeFile(`${path}.new`, `${JSON.stringify(header)}\n`, { mode: 0o600 });
      await rename(`${path}.new`, path);
    });
    let noting = Promise.resolve();
    const append = (line: JsonValue): Promise<void> => {
      noting = noting.then(() => quietly(() => appendFile(path, `${JSON.stringify(line)}\n`)));
      return noting;
    };
    return {
      advance: (done) => append({ done }),
      finish: async () => {
        await noting;
        this.#running.delete(id);
        // Another window may have begun the same work since: the notes are its own.
        if ((await this.#headerOf(id))?.pid === this.#options.pid) await this.remove(id);
      },
      stop: async (isUntouched = false) => {
        await append({ told: true, ...(isUntouched && { done: 0 }) });
        this.#running.delete(id);
      },
    };
  }

  /** The same work, if it stopped before its end and nobody is doing it now. */
  async find(work: Work): Promise<UnfinishedWork | undefined> {
    return await this.get(idOf(work));
  }

  async get(id: string): Promise<UnfinishedWork | undefined> {
    if (this.#running.has(id)) return undefined;
    try {
      return await this.#read(id);
    } catch {
      // Not there, or not ours to read: work that begins from its beginning.
      return undefined;
    }
  }

  /** Everything that can be taken up again, the oldest first. What is too old is removed. */
  async list(): Promise<UnfinishedWork[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const works = await Promise.all(names.filter((name) => NAME.test(name)).map((name) => this.get(name.slice(0, 32))));
    return works.filter((work) => work !== undefined).sort((a, b) => a.at - b.at);
  }

  /** The user has been told of it. */
  async told(id: string): Promise<void> {
    await quietly(() => appendFile(this.#path(id), `${JSON.stringify({ told: true })}\n`));
  }

  async remove(id: string): Promise<void> {
    await quietly(() => rm(this.#path(id), { force: true }));
  }

  /** Forgets work from or to sources that are gone. */
  async forget(isGone: (source: string) => boolean): Promise<void> {
    for (const { id, sources } of await this.list()) if (sources.some(isGone)) await this.remove(id);
  }

  async #headerOf(id: string): Promise<Header | undefined> {
    try {
      for await (const text of readLines(this.#path(id))) {
        const line: unknown = parse(text);
        return isHeader(line) ? line : undefined;
      }
    } catch {
      // They could not be written, or were removed.
    }
    return undefined;
  }

  async #read(id: string): Promise<UnfinishedWork | undefined> {
    let header: Header | undefined;
    let [done, told] = [0, false];
    for await (const text of readLines(this.#path(id))) {
      const line: unknown = parse(text);
      if (header === undefined) {
        if (!isHeader(line)) break;
        header = line;
      } else if (isRecord(line)) {
        if (typeof line.done === 'number') done = line.done;
        told ||= line.told === true;
      }
    }
    if (header === undefined || this.#options.clock() - header.at > this.#options.days * DAY) {
      await this.remove(id);
      return undefined;
    }
    const { pid, ...rest } = header;
    if (!told && pid !== this.#options.pid && this.#options.isRunning(pid)) return undefined;
    return { ...rest, id, sources: sourcesIn(rest.args), done, isNews: !told && pid !== this.#options.pid };
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.ndjson`);
  }
}

const idOf = ({ command, args }: Work): string =>
  createHash('sha256')
    .update(JSON.stringify([command, args]))
    .digest('hex')
    .slice(0, 32);

/** Notes are a convenience: work never fails for want of them. */
async function quietly(note: () => Promise<unknown>): Promise<void> {
  try {
    await note();
  } catch {
    // A full or read-only disk: the same work begins from its beginning next time.
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The ids of sources anywhere in the arguments. */
function sourcesIn(args: unknown): string[] {
  if (!isRecord(args)) return [];
  return Object.entries(args).flatMap(([field, value]) =>
    field === 'source' && typeof value === 'string' ? value : sourcesIn(value),
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isHeader = (line: unknown): line is Header =>
  isRecord(line) &&
  typeof line.command === 'string' &&
  typeof line.title === 'string' &&
  typeof line.total === 'number' &&
  typeof line.at === 'number' &&
  typeof line.pid === 'number' &&
  'args' in line;
