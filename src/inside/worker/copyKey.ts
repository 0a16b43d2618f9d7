import type { Listed, PageWork } from './context.ts';

/** KV refuses an expiration less than 60 s ahead; the margin is for the time until the put arrives. */
const SOONEST_S = 60 + 10;

/** Whether a key ends too soon to be written again with its end. */
export const endsSoon = ({ expiration }: Pick<Listed, 'expiration'>): boolean =>
  expiration !== undefined && expiration < Date.now() / 1000 + SOONEST_S;

/** From here on JavaScript writes numbers with an exponent, and so does whoever means them as doubles. */
const DOUBLES_FROM = 1e21;

/**
 * Whether metadata went through a Worker as it was: it knows numbers only as doubles. A whole number with more digits than
 * they hold, as ids are, was rounded when it was read; one that is too large for them has become none.
 */
export function isKept(metadata: unknown): boolean {
  if (typeof metadata === 'number') {
    const size = Math.abs(metadata);
    return size <= Number.MAX_SAFE_INTEGER || (size >= DOUBLES_FROM && size < Number.POSITIVE_INFINITY);
  }
  return typeof metadata !== 'object' || metadata === null || Object.values(metadata).every(isKept);
}

/** Why a key has failed where {@link isKept} says no. */
export const NOT_KEPT = 'A number in its metadata is too long for a Worker: work on this key from your editor.';

export const metadataText = (metadata: unknown): string => JSON.stringify(metadata ?? null);

/**
 * Copies a key with its metadata and its end. Value and metadata come in one operation, of one version; only a stream is
 * exact, and is never in memory as a whole.
 */
export async function copyKey(page: PageWork, listed: Listed): Promise<'copied' | 'expiring' | 'gone'> {
  const { name } = listed;
  if (!isKept(listed.metadata)) throw new Error(NOT_KEPT);
  return await page.again(async () => {
    if (endsSoon(listed)) return 'expiring';
    const { value, metadata } = await page.read(() => page.env.SOURCE.getWithMetadata(name, 'stream'));
    if (value === null) return 'gone';
    let { expiration } = listed;
    if (metadataText(metadata) !== metadataText(listed.metadata)) {
      // It was written since it was listed, perhaps with another end.
      const now = await page.look(page.env.SOURCE, name);
      expiration = now === undefined ? expiration : now.expiration;
      if (endsSoon({ expiration })) {
        await value.cancel();
        return 'expiring';
      }
    }
    const options = { ...(expiration !== undefined && { expiration }), ...(metadata !== null && { metadata }) };
    const size = { bytes: 0 };
    await page.write(() => page.target.put(name, value.pipeThrough(counted(size)), options));
    page.tally.bytes += size.bytes;
    return 'copied';
  });
}

/** Passes bytes on as they are, and counts them. */
const counted = (size: { bytes: number }): TransformStream<Uint8Array, Uint8Array> =>
  new TransformStream({
    transform(chunk, passed) {
      size.bytes += chunk.byteLength;
      passed.enqueue(chunk);
    },
  });
