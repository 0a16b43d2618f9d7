import type { Listed, PageWork } from './context.ts';

/** KV refuses an expiration less than 60 s ahead; the margin is for the time until the put arrives. */
const SOONEST_S = 60 + 10;

/** Whether a key ends too soon to be written again with its end. */
export const endsSoon = ({ expiration }: Pick<Listed, 'expiration'>): boolean =>
  expiration !== undefined && expiration < Date.now() / 1000 + SOONEST_S;

export const metadataText = (metadata: unknown): string => JSON.stringify(metadata ?? null);

/**
 * Copies a key with its metadata and its end. Value and metadata come in one operation, of one version; only a stream is
 * exact, and is never in memory as a whole.
 */
export async function copyKey(page: PageWork, listed: Listed): Promise<'copied' | 'expiring' | 'gone'> {
  const { name } = listed;
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
    await page.write(() => page.target.put(name, value, options));
    return 'copied';
  });
}
