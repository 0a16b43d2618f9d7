/** What goes wrong with a KV call inside a Worker. */
export interface InnerFault {
  readonly on: 'SOURCE' | 'TARGET';
  readonly method: 'get' | 'getWithMetadata' | 'put' | 'delete' | 'list';
  readonly message: string;
  /** Only for these keys; for any by default. */
  readonly key?: string;
  /** How many calls to let through first and how many then fail; 0 and 1 by default. */
  readonly skip?: number;
  readonly times?: number;
}

/**
 * What a job is bound to among everything that exists, and how its calls behave. Sent with the parameters of its
 * instances.
 */
export interface Harness {
  /** Prefix of the ids of its instances, because all jobs share the workflows. */
  readonly script: string;
  /** Targets of the bindings, by name. */
  readonly bindings: Readonly<Record<string, string>>;
  readonly faults: readonly InnerFault[];
  /** Duration of each KV call in a part, in milliseconds. */
  readonly callMs: number;
  /** Duration of each page of the walk, in milliseconds. */
  readonly walkMs: number;
}

/** The parameters of an instance in Miniflare. */
export interface Harnessed {
  readonly harness: Harness;
  readonly given: unknown;
}

/** The workflows that all jobs share, by class name. */
export const SHARED = { Walk: 'walks', Part: 'parts' } as const;
export const WORKER = 'jobs';

/**
 * The main module, put before the uploaded ones. It wraps the real classes so that they see only the bindings of their
 * job, and adds the requested failures and delays.
 */
export const HARNESS = `
import { Part as RealPart, Walk as RealWalk } from './job.js';
const faultsOf = new Map();
const wrap = (on, kv, { script, faults, callMs }) => {
  if (!faultsOf.has(script)) faultsOf.set(script, faults.map((fault) => ({ skip: 0, times: 1, ...fault })));
  return new Proxy(kv, {
    get(target, method) {
      const value = target[method];
      if (typeof value !== 'function') return value;
      return async (...args) => {
        for (const fault of faultsOf.get(script)) {
          if (fault.on !== on || fault.method !== method || (fault.key !== undefined && fault.key !== args[0])) continue;
          if (fault.skip-- > 0) continue;
          if (fault.times-- > 0) throw new Error(fault.message);
        }
        if (callMs > 0) await scheduler.wait(callMs);
        return value.apply(target, args);
      };
    },
  });
};
const bound = (all, { bindings }) => Object.fromEntries(Object.entries(bindings).map(([name, to]) => [name, all[to]]));
const partsOf = (workflow, harness) => {
  const idOf = (id) => harness.script + '_' + id;
  return {
    get: (id) => workflow.get(idOf(id)),
    createBatch: ({ instances }) => workflow.createBatch({
      instances: instances.map(({ id, params }) => ({ id: idOf(id), params: { harness, given: params } })),
    }),
  };
};
const harnessed = (Real, envOf) => class extends Real {
  #all;
  constructor(ctx, env) {
    super(ctx, {});
    this.#all = env;
  }
  async run({ payload: { harness, given }, ...event }, step) {
    this.env = envOf(bound(this.#all, harness), harness);
    return await super.run({ ...event, payload: given }, step);
  }
};
export const Part = harnessed(RealPart, (env, harness) => {
  const wrapped = Object.entries(env).map(([name, to]) => [name, name === 'BUCKET' ? to : wrap(name, to, harness)]);
  return Object.fromEntries(wrapped.filter(([name]) => name !== 'PART'));
});
export const Walk = harnessed(RealWalk, (env, harness) => {
  const { walkMs } = harness;
  const list = async (...args) => {
    if (walkMs > 0) await scheduler.wait(walkMs);
    return env.SOURCE.list(...args);
  };
  return { ...env, SOURCE: { list }, PART: partsOf(env.PART, harness) };
});
export { default } from './job.js';
`;
