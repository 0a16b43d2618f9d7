import type { Listed, PageWork } from './context.ts';
import { Unfit } from './limits.ts';

/** KV refuses an expiration less than 60 s ahead; the margin is for the time until the put arrives. */
const SOONEST_S = 60 + 10;

/** Whether a key expires too soon to be written again with its expiration. */
export const endsSoon = ({ expiration }: Pick<Listed, 'expiration'>): boolean =>
  expiration !== undefined && expiration < Date.now() / 1000 + SOONEST_S;

/** From here on JavaScript writes numbers with an exponent, as does anyone who means them as doubles. */
const DOUBLES_FROM = 1e21;

/**
 * Whether metadata passed through a Worker unchanged, which knows numbers only as doubles. A whole number with more
 * digits than a double holds, such as an id, was rounded when it was read; one that is too large has become null.
 */
export function isKept(metadata: unknown): boolean {
  if (typeof metadata === 'number') {
    const size = Math.abs(metadata);
    return size <= Number.MAX_SAFE_INTEGER || (size >= DOUBLES_FROM && size < Number.POSITIVE_INFINITY);
  }
  return typeof metadata !== 'object' || metadata === null || Object.values(metadata).every(isKept);
}

/** Throws `Unfit` if {@link isKept} says no. */
export function mustBeKept(metadata: unknown): void {
  if (isKept(metadata)) return;
  throw new Unfit('A number in its metadata is too long for a Worker: work on this key from your editor.');
}

export const metadataText = (metadata: unknown): string => JSON.stringify(metadata ?? null);

/**
 * The expiration of a value that was just read, which only listings have. If the metadata differs from the listed
 * metadata, the key was written since, perhaps with another expiration, so it is listed again.
 */
export async function endOf(page: PageWork, listed: Listed, metadata: unknown): Promise<number | undefined> {
  if (metadataText(metadata) === metadataText(listed.metadata)) return listed.expiration;
  const now = await page.look(page.env.SOURCE, listed.name);
  return (now ?? listed).expiration;
}

/**
 * Copies a key with its metadata and expiration. One operation returns value and metadata of the same version. A stream
 * is used because it is exact and never holds the whole value in memory.
 */
export async function copyKey(page: PageWork, listed: Listed): Promise<'copied' | 'expiring' | 'gone'> {
  const { name } = listed;
  mustBeKept(listed.metadata);
  return await page.again(name, async () => {
    if (endsSoon(listed)) return 'expiring';
    const { value, metadata } = await page.read(() => page.env.SOURCE.getWithMetadata(name, 'stream'));
    if (value === null) return 'gone';
    try {
      mustBeKept(metadata);
      const expiration = await endOf(page, listed, metadata);
      if (endsSoon({ expiration })) return 'expiring';
      const options = { ...(expiration !== undefined && { expiration }), ...(metadata !== null && { metadata }) };
      const size = { bytes: 0 };
      await page.write(() => page.target.put(name, value.pipeThrough(counted(size)), options));
      page.tally.bytes += size.bytes;
      return 'copied';
    } finally {
      // A stream that a put consumes is locked.
      if (!value.locked) await value.cancel();
    }
  });
}

/** Passes bytes on unchanged and counts them. */
const counted = (size: { bytes: number }): TransformStream<Uint8Array, Uint8Array> =>
  new TransformStream({
    transform(chunk, passed) {
      size.bytes += chunk.byteLength;
      passed.enqueue(chunk);
    },
  });
