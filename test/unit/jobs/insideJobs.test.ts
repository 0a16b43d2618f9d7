import assert from 'node:assert/strict';
import type { AccountCall, AccountCalls } from '../../../src/cloudflare/accountCalls.ts';
import { usualPace } from '../../../src/inside/jobUpload.ts';
import { partsOf, walkOf } from '../../../src/inside/names.ts';
import { jobsOf, never } from '../../support/insideJobs.ts';
import { copyRequest } from '../../support/memoryJobs.ts';

const id = 'cloudflare-kv-job-0123456789ab';
const params = { request: copyRequest, pace: usualPace, startedAt: 1_700_000_000_000 };

describe('a job in an account that is cancelled', () => {
  let walk: string;
  let parts: string;
  /** The call that ends the parts does not come through. */
  let isBroken: boolean;
  let endings: number;
  const calls = {
    account: 'acme',
    call: async ({ method, path }: AccountCall) => {
      const told = (result: object) => ({ ok: true, answer: { result } });
      const refused = (status: number) => ({
        ok: false,
        failure: { kind: 'refused', status, detail: 'x', codes: [], errors: [] },
      });
      switch (`${method} ${path}`) {
        case `patch /workflows/${walkOf(id)}/instances/job/status`:
          walk = 'terminated';
          return told({});
        case `put /workflows/${partsOf(id)}/instances/terminate`:
          endings++;
          if (isBroken) return refused(503);
          parts = 'terminated';
          return told({});
        case `get /workflows/${walkOf(id)}/instances/job`:
          return told({ status: walk, params, steps: [] });
        case `get /workflows/${partsOf(id)}`:
          return told({ instances: { [parts]: 8 } });
        default:
          return refused(404);
      }
    },
  } as unknown as AccountCalls;

  beforeEach(() => {
    [walk, parts, isBroken, endings] = ['paused', 'paused', true, 0];
  });

  it('counts as cancelled where its parts could not be ended yet, and every look at it ends them', async () => {
    const jobs = jobsOf(calls);
    await jobs.cancel(id, never);
    assert.deepEqual([walk, (await jobs.state(id, never)).phase, endings], ['terminated', 'cancelling', 2]);
    isBroken = false;
    assert.equal((await jobs.state(id, never)).phase, 'cancelling');
    assert.deepEqual([parts, (await jobs.state(id, never)).phase], ['terminated', 'cancelled']);
  });

  it('is ended by any window that sees it, and goes with all that is left then', async () => {
    await jobsOf(calls).cancel(id, never);
    isBroken = false;
    const other = jobsOf(calls);
    await assert.rejects(other.remove(id, never, true), { kind: 'conflict' });
    assert.equal((await other.state(id, never)).phase, 'cancelled');
    assert.deepEqual(await other.remove(id, never, true), []);
  });
});
