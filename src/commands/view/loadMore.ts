import { defineCommand } from '../invocation/invoke.ts';
import { askParent } from '../invocation/targets.ts';
import { type Loaded, type LoadTarget, loadRows, parseLoadTarget } from './loadRows.ts';

/** Reads the next page of a namespace or group. */
export const loadMore = defineCommand<LoadTarget, Loaded>('loadMore', {
  parse: parseLoadTarget,
  async ask(call, services) {
    const node = await askParent(call, services);
    return node && { node };
  },
  run: (target, run) => loadRows(target, run, 'loadMore'),
});
