import type { SpaceQuery } from '../../core/space/space.ts';
import type { TallyPart } from '../../core/space/spaceTally.ts';
import { FaultError } from '../sqlite/fault.ts';
import type { NamespaceFiles } from '../sqlite/protocol.ts';
import { partSpace } from './partSpace.ts';
import { type PartWorker, startProcess, startThread } from './partWorker.ts';
import type { PartTask, SpacePart } from './spaceProtocol.ts';

type OnKeys = (more: number) => void;

const isLost = (error: unknown): boolean => error instanceof FaultError && error.fault.reason === 'stopped';

/**
 * Workers that count the parts of a namespace side by side. `onKeys` is told how many more keys were processed; the
 * number is negative if some must be counted again.
 */
export class PartWorkers {
  readonly #task: Pick<PartTask, 'files' | 'query'>;
  readonly #onKeys: OnKeys;
  readonly #running = new Set<PartWorker>();
  /** Idle workers. */
  readonly #waiting: PartWorker[] = [];

  constructor(files: NamespaceFiles, query: SpaceQuery, onKeys: OnKeys) {
    this.#task = { files, query };
    this.#onKeys = onKeys;
  }

  /** Starts processes before it is known what each of them has to do. */
  startProcesses(number: number): void {
    for (let at = 0; at < number; at++) this.#waiting.push(this.#process());
  }

  /** Counts each part as of a moment of its own. Rejects with a {@link FaultError}. */
  async add(parts: readonly SpacePart[], areThere: boolean): Promise<readonly TallyPart[]> {
    const [only] = parts;
    if (!areThere && parts.length === 1 && only !== undefined) {
      return [await partSpace({ ...this.#task, part: only, isThere: false }, this.#onKeys)];
    }
    return await Promise.all(parts.map((part) => this.#addSurely(part, areThere)));
  }

  /**
   * Counts all parts as of one moment; `undefined` if that failed. `isMoment` tells whether nothing was written since
   * before the first part was begun.
   */
  async addInMoment(
    parts: readonly SpacePart[],
    areThere: boolean,
    isMoment: () => boolean,
  ): Promise<readonly TallyPart[] | undefined> {
    const { promise: moved, resolve } = Promise.withResolvers<undefined>();
    const begun = new Set<SpacePart>();
    let counted = 0;
    const onKeys = (part: SpacePart, more: number): void => {
      counted += more;
      this.#onKeys(more);
      if (begun.has(part)) return;
      begun.add(part);
      if (begun.size === parts.length && !isMoment()) resolve(undefined);
    };
    const all = parts.map((part) => this.#add(part, areThere, (more) => onKeys(part, more)));
    const found = await Promise.race([Promise.all(all), moved]).catch((error: unknown) => {
      if (!isLost(error)) throw error;
    });
    if (found !== undefined && begun.size === parts.length) return found;
    this.stop();
    await Promise.allSettled(all);
    this.#onKeys(-counted);
    return undefined;
  }

  stop(): void {
    for (const worker of this.#running) worker.stop();
    this.#running.clear();
    this.#waiting.length = 0;
  }

  async #add(part: SpacePart, isThere: boolean, onKeys: OnKeys): Promise<TallyPart> {
    const worker = isThere ? (this.#waiting.pop() ?? this.#process()) : this.#kept(startThread());
    return await worker.add({ ...this.#task, part, isThere }, onKeys);
  }

  /** Falls back to a thread if the system cannot start a process. */
  async #addSurely(part: SpacePart, isThere: boolean): Promise<TallyPart> {
    let counted = 0;
    const count = (more: number): void => {
      counted += more;
      this.#onKeys(more);
    };
    try {
      return await this.#add(part, isThere, count);
    } catch (error) {
      if (!isThere || !isLost(error)) throw error;
      this.#onKeys(-counted);
      return await this.#add(part, false, this.#onKeys);
    }
  }

  #process = (): PartWorker => this.#kept(startProcess(this.#task.files.blobs));

  #kept(worker: PartWorker): PartWorker {
    this.#running.add(worker);
    return worker;
  }
}
