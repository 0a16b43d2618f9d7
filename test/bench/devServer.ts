import { setTimeout as wait } from 'node:timers/promises';
import { BesideDev } from '../support/besideDev.ts';
import type { LoadOutcome } from '../support/workerLoad.ts';
import { type Bench, type Figure, ms, timed } from './figure.ts';

const PUTS_PER_SECOND = 200;
const LOAD_MS = 20_000;
const SAVES = 50;
const BULK = 2000;

/** One story under load: no request of the Worker may fail, and nothing that either side wrote may be lost. */
async function story(name: string, isRunning: boolean, tell: (beside: BesideDev) => Promise<void>): Promise<Figure> {
  const beside = await BesideDev.make();
  try {
    if (isRunning) await beside.startDev();
    const load = beside.load(PUTS_PER_SECOND);
    const { ms: took } = await timed(async () => {
      await Promise.all([tell(beside), wait(LOAD_MS)]);
    });
    const outcome = await load.end();
    await beside.stopDev();
    const lost = await beside.assertKept([load]).then(
      () => 0,
      (error: unknown) => {
        console.error(error);
        return 1;
      },
    );
    return figure(name, outcome, took, lost);
  } finally {
    await beside.dispose();
  }
}

function figure(name: string, { puts, perSecond, failed }: LoadOutcome, took: number, lost: number): Figure {
  for (const text of failed.slice(0, 5)) console.error(text);
  return {
    work: `beside a dev server: ${name}`,
    mustReach: 'no failed Worker request, nothing lost',
    measured: `${failed.length} of ${puts} Worker puts failed (${perSecond.toFixed(0)}/s), ${lost ? 'LOST' : 'nothing lost'}, ${ms(took)}`,
    ok: failed.length === 0 && lost === 0,
    numbers: { puts, perSecond, failed: failed.length, lost, ms: took },
  };
}

async function look(beside: BesideDev, until: Promise<unknown>): Promise<void> {
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await beside.look();
    await wait(200);
  }
}

/** Bulk writes, saves and listings, one round after another, while something happens. */
async function write(beside: BesideDev, prefix: string, happening: Promise<unknown>): Promise<void> {
  const end = performance.now() + LOAD_MS;
  try {
    for (let i = 0; performance.now() < end; i++) {
      await Promise.all([beside.putMany(prefix, 500, `${i}`), beside.save(10), beside.look()]);
    }
  } finally {
    await happening;
  }
}

/** The long versions of what `test/contract/besideDev.test.ts` shows in short. */
export const devServer: Bench = async () => [
  await story(`${SAVES} saves, a bulk write of ${BULK}, listing`, true, async (beside) => {
    const work = Promise.all([beside.save(SAVES), beside.putMany('bulk', BULK)]);
    await Promise.all([work, look(beside, work)]);
  }),
  await story('starting in the middle', false, async (beside) => {
    await write(
      beside,
      'starting',
      wait(3000).then(() => beside.startDev()),
    );
  }),
  await story('stopping in the middle', true, async (beside) => {
    await write(
      beside,
      'stopping',
      wait(8000).then(() => beside.stopDev()),
    );
  }),
  await story('killed and started again', true, async (beside) => {
    const again = wait(6000).then(async () => {
      await beside.killDev();
      await beside.startDev();
    });
    await write(beside, 'again', again);
  }),
];
