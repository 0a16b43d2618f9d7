import assert from 'node:assert/strict';
import { cleanUpJobs } from '../../src/commands/inside/cleanUpJobs.ts';
import { KvError } from '../../src/core/base/errors.ts';
import { Emitter } from '../../src/core/base/event.ts';
import { Pages } from '../../src/pages/pages.ts';
import type { Services } from '../../src/services.ts';
import { jobState, MemoryJobs } from '../support/memoryJobs.ts';
import { expectKvError } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('cleaning up jobs inside Cloudflare, in several accounts', () => {
  const left = 'cloudflare-kv-job-1';
  let readable: MemoryJobs;
  let refused: MemoryJobs;
  let services: Services;
  let spy: WindowSpy;
  beforeEach(() => {
    [readable, refused, spy] = [new MemoryJobs(), new MemoryJobs(), new WindowSpy()];
    refused.error = new KvError('forbidden', 'Workers Scripts: Edit is missing.');
    services = {
      jobs: async (account: string) => (account === 'acme' ? readable : refused),
      accounts: {
        accounts: [
          { id: 'keys', name: 'Keys Only', isShown: true },
          { id: 'acme', name: 'Acme Inc', isShown: true },
        ],
        onDidChange: new Emitter<void>().event,
      },
      pages: new Pages(() => false),
      memory: { get: (_: string, otherwise: unknown) => otherwise, update: async () => {} },
      protection: { onDidChange: new Emitter<never>().event },
      sources: { readOnlyReason: () => undefined },
      log: { error: () => {}, debug: () => {} },
    } as unknown as Services;
  });
  afterEach(() => {
    services.pages.dispose();
    spy.restore();
  });

  const unread = ['The jobs of Keys Only could not be listed: Workers Scripts: Edit is missing.'];

  it('goes on where it can, and names the account that could not be looked at', async () => {
    readable.put(jobState({ id: left, phase: 'done' }));
    assert.deepEqual(await cleanUpJobs.invoke([{ confirm: true }], services), {
      removed: [left],
      leftovers: [],
      running: [],
      unread,
    });
    assert.equal(readable.states.size, 0);
    assert.deepEqual(await cleanUpJobs.invoke([{ confirm: true }], services), {
      removed: [],
      leftovers: [],
      running: [],
      unread,
    });
  });

  it('says so in the question and at the end', async () => {
    readable.put(jobState({ id: left, phase: 'done' }));
    spy.answer = ({ items }) => items.find((item) => item === 'Remove 1 Job');
    await cleanUpJobs.invoke([], services);
    const [question, told] = spy.asked;
    assert.match(question?.detail ?? '', /The jobs of Keys Only could not be listed: /);
    assert.deepEqual([told?.how, told?.text], ['showWarningMessage', `What 1 job had left was removed. ${unread[0]}`]);
    await cleanUpJobs.invoke([], services);
    assert.equal(spy.asked.at(-1)?.text, `Nothing was removed. ${unread[0]}`);
  });

  it('says why nothing could be done where no account could be looked at', async () => {
    readable.error = refused.error;
    await expectKvError(
      Promise.resolve(cleanUpJobs.invoke([{ confirm: true }], services)),
      'forbidden',
      'Workers Scripts: Edit',
    );
  });
});
