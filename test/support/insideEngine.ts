import { registerHooks } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';
import type { JobRequest } from '../../src/inside/job.ts';
import { paramsOf, usualPace } from '../../src/inside/jobUpload.ts';
import { newScript } from '../../src/inside/names.ts';
import type { JobParams, Pace, PartParams, PartResult, ProgressReport, Turn } from '../../src/inside/protocol.ts';
import { begin, beginComparing, fold, isThrough, type Progress, tell } from '../../src/inside/worker/progress.ts';

type Call = 'list' | 'get' | 'put' | 'delete';

/** What is stored at a key. */
interface Held {
  readonly value: string;
  readonly metadata?: unknown;
  readonly expiration?: number;
}

interface Options {
  readonly metadata?: unknown;
  readonly expiration?: number;
}

/** Keys in listing order. */
class HeldKeys extends Map<string, Held> {
  #names: readonly string[] | undefined;

  get names(): readonly string[] {
    this.#names ??= [...this.keys()].sort(compareUtf8);
    return this.#names;
  }

  override set(key: string, held: Held): this {
    if (!this.has(key)) this.#names = undefined;
    return super.set(key, held);
  }

  override delete(key: string): boolean {
    this.#names = undefined;
    return super.delete(key);
  }
}

/** A namespace in memory, with the interface that a Worker has. */
export class MemoryKv {
  readonly held: HeldKeys;
  /** Called before each call; may throw KV's errors. */
  onCall: (call: Call, key: string) => void | Promise<void> = () => {};
  /** Called after each listing of a part, before the result is returned. */
  onListed: () => void = () => {};

  constructor(held = new HeldKeys()) {
    this.held = held;
  }

  static with(keys: Iterable<string>, held: Held = { value: 'v' }): MemoryKv {
    const kv = new MemoryKv();
    for (const key of keys) kv.held.set(key, held);
    return kv;
  }

  async list({ prefix = '', cursor, limit = 1000 }: { prefix?: string; cursor?: string; limit?: number }) {
    await this.onCall('list', prefix);
    const rest = this.held.names.filter(
      (key) => key.startsWith(prefix) && (cursor === undefined || compareUtf8(key, cursor) > 0),
    );
    const keys = rest.slice(0, limit).map((name) => {
      const { metadata, expiration } = this.held.get(name) ?? {};
      return { name, ...(metadata !== undefined && { metadata }), ...(expiration !== undefined && { expiration }) };
    });
    this.onListed();
    const isComplete = rest.length <= limit;
    return { keys, list_complete: isComplete, ...(!isComplete && { cursor: keys.at(-1)?.name }) };
  }

  async getWithMetadata(key: string) {
    await this.onCall('get', key);
    const held = this.held.get(key);
    return { value: held ? streamOf(held.value) : null, metadata: held?.metadata ?? null };
  }

  async get(key: string) {
    return (await this.getWithMetadata(key)).value;
  }

  async put(key: string, value: ReadableStream, { metadata, expiration }: Options = {}): Promise<void> {
    await this.onCall('put', key);
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of value) text += decoder.decode(bytes, { stream: true });
    this.held.set(key, {
      value: text,
      ...(metadata !== undefined && { metadata }),
      ...(expiration !== undefined && { expiration }),
    });
  }

  async delete(key: string): Promise<void> {
    await this.onCall('delete', key);
    this.held.delete(key);
  }

  /** The same keys as seen by a part, which may make a limited number of calls. */
  within(calls: { left: number }): MemoryKv {
    const seen = new MemoryKv(this.held);
    seen.onListed = () => this.onListed();
    seen.onCall = (call, key) => {
      if (calls.left-- <= 0) throw new Error('Too many subrequests.');
      return this.onCall(call, key);
    };
    return seen;
  }
}

const streamOf = (text: string): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });

/** A bucket in memory, for objects that are put in one go. */
export class MemoryBucket {
  readonly objects = new Map<string, string>();
  async put(name: string, value: Uint8Array): Promise<void> {
    this.objects.set(name, new TextDecoder().decode(value));
  }
}

interface Bound {
  readonly source: MemoryKv;
  readonly target?: MemoryKv;
  readonly bucket?: MemoryBucket;
  /** How many calls a part may make; unlimited by default. */
  readonly calls?: (part: number) => number;
  readonly pace?: Partial<Pace>;
}

export interface CarriedOut {
  readonly reported: ProgressReport;
  /** The parameters and results of the parts, by number. */
  readonly parts: readonly { readonly params: PartParams; readonly result: PartResult }[];
}

type RunPart = { run(event: { payload: PartParams }, step: unknown): Promise<PartResult> };
interface Modules {
  readonly Part: new (context: unknown, env: unknown) => RunPart;
  readonly turn: (env: unknown, params: JobParams, progress: Progress) => Promise<Turn>;
}

/** Modules of the Worker, with stand-ins for what the runtime provides. */
async function workerModules(): Promise<Modules> {
  const runtime = 'export class WorkflowEntrypoint { constructor(_, env) { this.env = env; } }';
  const hooks = registerHooks({
    resolve: (name, context, next) =>
      name === 'cloudflare:workers'
        ? { url: `data:text/javascript,${encodeURIComponent(runtime)}`, shortCircuit: true }
        : next(name, context),
  });
  try {
    const load = (name: string) => import(new URL(`../../src/inside/worker/${name}.ts`, import.meta.url).href);
    return { ...(await load('part')), ...(await load('turn')) } as Modules;
  } finally {
    hooks.deregister();
  }
}

/** Long enough for others to make progress meanwhile. */
async function aWhile(ms: number): Promise<void> {
  for (let waited = 0; waited < ms; waited += 100) await setImmediate();
}

const MOST_TURNS = 500;

/** Runs a job with the real coordinator and the real parts; the engine and the bindings are in memory. */
export async function carryOut(
  request: Partial<JobRequest>,
  { source, target, bucket, calls = () => Number.POSITIVE_INFINITY, pace }: Bound,
): Promise<CarriedOut> {
  Object.assign(globalThis, { scheduler: { wait: aWhile } });
  const { Part, turn } = await workerModules();
  const parts: CarriedOut['parts'][number][] = [];
  const PART = {
    get: async (id: string) => {
      const part = parts[Number(id.slice('part-'.length))];
      if (part === undefined) throw new Error('instance.not_found');
      return { status: async () => ({ status: 'complete', output: part.result }) };
    },
    createBatch: async ({ instances }: { instances: readonly { params: PartParams }[] }) => {
      for (const { params } of instances) {
        const left = { left: calls(params.number) };
        const env = { SOURCE: source.within(left), TARGET: target?.within(left), BUCKET: bucket };
        parts[params.number] = { params, result: await new Part({}, env).run({ payload: params }, steps) };
      }
      return { created: [], errors: [] };
    },
  };
  const whole: JobRequest = {
    job: 'copy',
    from: { id: 'a', title: 'A' },
    mode: 'all',
    verify: false,
    partsAtOnce: 8,
    ...(target && { to: { id: 'b', title: 'B' } }),
    ...request,
  };
  const params = paramsOf(whole, newScript(), { ...usualPace, ...pace }, 0);
  const progress = begin(params);
  for (let n = 0; n < MOST_TURNS; n++) {
    const done = await turn(
      { SOURCE: new MemoryKv(source.held), TARGET: target && new MemoryKv(target.held), PART },
      params,
      progress,
    );
    fold(progress, done, done.reported.at);
    if (!isThrough(progress)) continue;
    if (progress.failed.length > 0 || progress.round === 'compare' || !whole.verify) break;
    beginComparing(progress);
  }
  return { reported: tell(progress, params, 0), parts };
}

/** Runs steps like the engine: a step that throws is retried, a limited number of times. */
const steps = {
  do: async (
    _name: string,
    { retries: { limit } }: { retries: { limit: number } },
    work: (step: { attempt: number }) => Promise<unknown>,
  ) => {
    for (let attempt = 1; ; attempt++) {
      try {
        // The engine stores JSON.
        return JSON.parse(JSON.stringify(await work({ attempt })));
      } catch (error) {
        if (attempt > limit) throw error;
      }
    }
  },
};

/** "k000000", "k000001" and so on, or every n-th of them. */
export const keys = (count: number, { every = 1, start = 'k' } = {}): string[] =>
  Array.from({ length: count }, (_, i) => start + String(i * every).padStart(6, '0'));
