/** What goes wrong with a KV call inside a Worker. */
export interface InnerFault {
  readonly on: 'SOURCE' | 'TARGET';
  readonly method: 'get' | 'getWithMetadata' | 'put' | 'delete' | 'list';
  readonly message: string;
  /** Only for these keys; any otherwise. */
  readonly key?: string;
  /** So many calls are left alone before, so many fail; 0 and 1 unless given. */
  readonly skip?: number;
  readonly times?: number;
}

/**
 * Modules that stand before those that were uploaded: the classes are the real ones, and what they are bound to fails where
 * asked and takes its time. They are counted for each isolate.
 */
export const harnessModules = (
  faults: readonly InnerFault[],
  { callMs, walkMs }: { readonly callMs: number; readonly walkMs: number },
): Readonly<Record<string, string>> => ({
  'test-harness.js': `
import { Part as RealPart, Walk as RealWalk } from './job.js';
const faults = ${JSON.stringify(faults)}.map((fault) => ({ skip: 0, times: 1, ...fault }));
const wrap = (on, kv, ms) => kv && new Proxy(kv, {
  get(target, method) {
    const value = target[method];
    if (typeof value !== 'function') return value;
    return async (...args) => {
      for (const fault of faults) {
        if (fault.on !== on || fault.method !== method || (fault.key !== undefined && fault.key !== args[0])) continue;
        if (fault.skip-- > 0) continue;
        if (fault.times-- > 0) throw new Error(fault.message);
      }
      if (ms > 0) await scheduler.wait(ms);
      return value.apply(target, args);
    };
  },
});
const wrapped = (env, ms) => ({
  ...env, SOURCE: wrap('SOURCE', env.SOURCE, ms), TARGET: wrap('TARGET', env.TARGET, ms),
});
export class Part extends RealPart {
  constructor(ctx, env) { super(ctx, env); this.env = wrapped(env, ${callMs}); }
}
const slow = (env) => {
  const list = async (...args) => {
    if (${walkMs} > 0) await scheduler.wait(${walkMs});
    return env.SOURCE.list(...args);
  };
  return { ...env, SOURCE: { list } };
};
export class Walk extends RealWalk {
  constructor(ctx, env) { super(ctx, env); this.env = slow(env); }
}
export { default } from './job.js';
`,
});
