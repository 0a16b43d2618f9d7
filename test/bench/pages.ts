import { realpathSync } from 'node:fs';
import { localFolder } from '../support/localFolder.ts';
import { type Bench, ms } from './figure.ts';
import type { PagePaint } from './host/measured.ts';
import { inHost } from './inHost.ts';

const MOST_MS = 500;

/** From the command to a page that has something to show, in a real window. */
export const pages: Bench = async () => {
  const local = localFolder();
  try {
    const paint = await inHost<PagePaint>('pages', realpathSync(local.folder));
    return (['usage', 'space'] as const).map((name) => {
      const { firstMs, againMs } = paint[name];
      return {
        work: `the ${name} page after its command`,
        mustReach: `under ${MOST_MS} ms`,
        measured: `${ms(againMs)}, the first time ${ms(firstMs)}`,
        ok: againMs < MOST_MS,
        numbers: { firstMs, againMs },
      };
    });
  } finally {
    local.dispose();
  }
};
