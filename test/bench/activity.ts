import { setTimeout as wait } from 'node:timers/promises';
import { ActivityLog } from '../../src/core/store/activityLog.ts';
import { BesideDev } from '../support/besideDev.ts';
import { eventually } from '../support/eventually.ts';
import type { Bench } from './figure.ts';

const PUTS_PER_SECOND = 200;
const ALONE_MS = 20_000;
const FOLLOWED_MS = 60_000;
/** As often as the view is drawn. */
const DRAWN_MS = 400;

/** How busy this thread is while something lasts, as a part of the time. */
async function busyWhile(ms: number): Promise<number> {
  const before = performance.eventLoopUtilization();
  await wait(ms);
  return performance.eventLoopUtilization(before).utilization;
}

/** A minute of a Worker that writes, followed; the load itself, which is made in the same thread, is taken off. */
export const activity: Bench = async () => {
  const beside = await BesideDev.make();
  try {
    await beside.startDev();
    const alone = beside.load(PUTS_PER_SECOND);
    await wait(2000);
    const busyAlone = await busyWhile(ALONE_MS);
    const before = await alone.end();
    const log = new ActivityLog();
    let told = 0;
    const following = beside.source.follow();
    following.onDidHappen((events) => {
      log.add(events);
      for (const event of events) told += event.what === 'unseen' ? event.count : event.what === 'put' ? 1 : 0;
    });
    await following.started;
    const drawing = setInterval(() => log.shown(), DRAWN_MS);
    const load = beside.load(PUTS_PER_SECOND);
    const busy = await busyWhile(FOLLOWED_MS);
    const { puts, failed, perSecond } = await load.end();
    await eventually(() => {
      if (told < puts) throw new Error(`${told} of ${puts} told`);
    }, 20_000).catch((error: unknown) => console.error(error));
    clearInterval(drawing);
    following.dispose();
    const share = Math.max(0, busy - busyAlone);
    return [
      {
        work: 'activity of a Worker that writes 200 times a second, for a minute',
        mustReach: 'every write told, under 10 % of a core, no failed Worker request',
        measured: `${told} of ${puts} told (${perSecond.toFixed(0)}/s), ${(share * 100).toFixed(1)} %, ${failed.length + before.failed.length} failed`,
        ok: told === puts && share < 0.1 && failed.length + before.failed.length === 0,
        numbers: { told, puts, perSecond, busyAlone, busy, failed: failed.length },
      },
    ];
  } finally {
    await beside.dispose();
  }
};
