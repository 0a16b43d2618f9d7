import assert from 'node:assert/strict';
import { assumedLatencies, hereEstimate } from '../../src/core/cost/inside.ts';
import { MAX_VALUE_BYTES } from '../../src/core/entry/limits.ts';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';
import { usualPace } from '../../src/inside/jobUpload.ts';
import { awkwardEntries } from '../support/awkwardEntries.ts';
import { startRemote } from '../support/cloudflare/remote.ts';
import { carriedOut, contentOf, copyOf, jobsOf, lineOf } from '../support/insideJobs.ts';
import { simulate } from '../support/insideSimulation.ts';
import { onDisk } from '../support/onDisk.ts';
import { type Bench, type Figure, timed } from './figure.ts';

const KEYS = 50_000;
const MOST_REQUESTS = 6;
const SIMULATED = [
  { keys: 1_000_000, partsAtOnce: 50 },
  { keys: 1_000_000, partsAtOnce: 200 },
  { keys: 10_000_000, partsAtOnce: 50 },
  { keys: 10_000_000, partsAtOnce: 200 },
  { keys: 100_000_000, partsAtOnce: 200 },
];

const hours = (seconds: number): string =>
  seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;

/** The real Worker under Miniflare, which has no delays and no limits: what is measured is that it is right. */
async function copied(): Promise<Figure> {
  const remote = await startRemote();
  try {
    const [from, to] = [remote.server.createNamespace('from'), remote.server.createNamespace('to')];
    const largest = { key: 'the largest', value: new Uint8Array(MAX_VALUE_BYTES).map((_, i) => (i * 31) >> 3) };
    const entries = [...awkwardEntries(KEYS - 1, Math.floor(Date.now() / 1000) + 10 * 86_400), largest];
    const { failed } = await onDisk(from).putMany(entries);
    assert.deepEqual(failed, []);
    const jobs = jobsOf(remote.source.calls, { ...usualPace, turnMs: 1000, settleMs: 1000 });
    const { ms, result } = await timed(() => carriedOut(jobs, copyOf(from, to, { verify: true }), 60 * 60_000));
    const wanted = entries.toSorted((a, b) => compareUtf8(a.key, b.key)).map(lineOf);
    assert.deepEqual(await contentOf(to), wanted);
    const seconds = ms / 1000;
    return {
      work: 'copy 50,000 awkward keys inside, under Miniflare',
      mustReach: 'equal byte by byte, nothing left to mend',
      measured: `${result.counts.done} keys in ${Math.round(seconds)} s`,
      ok: result.counts.done === KEYS && result.differences?.found === 0,
      numbers: { seconds, keys: result.counts.done },
    };
  } finally {
    await remote.stop();
  }
}

async function simulated({ keys, partsAtOnce }: (typeof SIMULATED)[number]): Promise<Figure> {
  const one = await simulate({ keys, partsAtOnce, latencies: assumedLatencies });
  const here = hereEstimate({ job: 'copy', keys });
  return {
    work: `copy ${(keys / 1e6).toLocaleString('en')} million keys inside, ${partsAtOnce} parts at once (simulated)`,
    mustReach: `faster than from here, at most ${MOST_REQUESTS} requests a minute of the window`,
    measured: `${hours(one.seconds)}, $${one.dollars.toFixed(2)}, ${one.mostRequestsInAMinute} requests a minute (here ${hours(here.seconds)}, $${here.dollars.toFixed(2)})`,
    ok: one.done === keys && one.mostRequestsInAMinute <= MOST_REQUESTS && one.seconds < here.seconds,
    numbers: {
      seconds: one.seconds,
      dollars: one.dollars,
      parts: one.parts,
      turns: one.turns,
      requestsAMinute: one.mostRequestsInAMinute,
      hereSeconds: here.seconds,
    },
  };
}

/** Jobs inside Cloudflare: what can be shown without an account. */
export const inside: Bench = async () => {
  const figures: Figure[] = [];
  for (const one of SIMULATED) figures.push(await simulated(one));
  return [...figures, await copied()];
};
