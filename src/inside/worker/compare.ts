import type { PageWork } from './context.ts';
import { copyKey, endsSoon, metadataText } from './copyKey.ts';
import { inLanes } from './lanes.ts';
import { LimitHit } from './limits.ts';
import type { Pair } from './readPage.ts';

/** Copies the keys of a page according to the kind of work. */
export async function copyPage(page: PageWork, pairs: readonly Pair[]): Promise<void> {
  const { work } = page.params;
  await inEach(page, pairs, async ({ name, source, target }) => {
    if (source && target && work === 'missing') page.tally.present++;
    else if (source) {
      const outcome = await copyKey(page, source);
      page.tally[outcome === 'copied' ? 'done' : outcome]++;
    } else if (target === undefined) page.tally.gone++;
    else if (work === 'equal') await removeExtra(page, name);
  });
}

/** Reports what differs, according to the listings, and repairs it. */
export async function comparePage(page: PageWork, pairs: readonly Pair[]): Promise<void> {
  await inEach(page, pairs, async (pair) => {
    const { name, source, target } = pair;
    const text = differenceOf(page, pair);
    const differs = (): void => {
      if (text === undefined) return;
      page.tally.differs++;
      page.find({ kind: 'differs', key: name, text });
    };
    try {
      if (text !== undefined && (await mend(page, pair))) page.tally.mended++;
    } catch (error) {
      // If a limit was hit, a later page reports the difference.
      if (!(error instanceof LimitHit)) differs();
      throw error;
    }
    differs();
    if (source) page.tally.present++;
    else if (target === undefined) page.tally.gone++;
  });
}

/** Returns whether both sides are equal now. */
async function mend(page: PageWork, { name, source, target }: Pair): Promise<boolean> {
  const outcome = source ? await copyKey(page, source) : 'gone';
  if (outcome !== 'gone') return outcome === 'copied';
  // The key was deleted meanwhile: only a copy that makes equal deletes it in the target too.
  if (target === undefined) return true;
  return page.params.mode === 'equal' && (await removeExtra(page, name));
}

function differenceOf({ params }: PageWork, { source, target }: Pair): string | undefined {
  if (source === undefined) return params.mode === 'equal' && target ? 'only in the target' : undefined;
  if (endsSoon(source)) return undefined;
  if (target === undefined) return 'missing in the target';
  // Entries that the target already had must not change.
  if (params.mode === 'missing') return undefined;
  if (metadataText(source.metadata) !== metadataText(target.metadata)) return 'other metadata';
  return source.expiration === target.expiration ? undefined : 'another expiration';
}

/** Deletes a key of the target that the source does not have, after checking again. */
async function removeExtra(page: PageWork, key: string): Promise<boolean> {
  return await page.again(key, async () => {
    const there = await page.read(() => page.env.SOURCE.get(key, 'stream'));
    if (there !== null) {
      await there.cancel();
      return false;
    }
    await page.remove(page.target, key);
    page.tally.removed++;
    return true;
  });
}

async function inEach(page: PageWork, pairs: readonly Pair[], work: (pair: Pair) => Promise<void>): Promise<void> {
  await inLanes(pairs, page.lanes, async (pair) => {
    await page.one(pair, () => work(pair));
  });
}

/** Deletes the keys of a page. */
export async function deletePage(page: PageWork, pairs: readonly Pair[]): Promise<void> {
  await inEach(page, pairs, async ({ name, source }) => {
    if (source) await page.again(name, () => page.remove(page.env.SOURCE, name));
    page.tally[source ? 'done' : 'gone']++;
  });
}
