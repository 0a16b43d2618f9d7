import { realpathSync } from 'node:fs';
import { localFolder } from '../support/localFolder.ts';
import { type Bench, ms } from './figure.ts';
import type { PagePaint } from './host/measured.ts';
import { inHost } from './inHost.ts';

const MOST_MS = 500;

/**
 * From the command to what a person sees of a page, in a real window; the first page of all comes with all that pages
 * need.
 */
export const pages: Bench = async () => {
  const local = localFolder();
  try {
    const paint = await inHost<PagePaint>('pages', realpathSync(local.folder));
    return (['usage', 'space'] as const).map((name) => {
      const { first, again } = paint[name];
      return {
        work: `first paint of the ${name} page after its command`,
        mustReach: `under ${MOST_MS} ms`,
        measured: `${ms(again.painted)}, complete after ${ms(again.complete)}; the first time ${ms(first.painted)} and ${ms(first.complete)}`,
        ok: again.painted < MOST_MS,
        numbers: Object.fromEntries(
          Object.entries({ first, again }).flatMap(([when, times]) =>
            Object.entries(times).map(([what, time]) => [`${when}.${what}Ms`, Number(time)]),
          ),
        ),
      };
    });
  } finally {
    local.dispose();
  }
};
