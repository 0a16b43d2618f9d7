import type { Listed, PageWork } from './context.ts';
import { endOf, mustBeKept } from './copyKey.ts';
import { openAhead } from './lanes.ts';
import type { Pair } from './readPage.ts';

/** A key with its value and metadata, of one version. */
export interface Read {
  readonly listed: Listed;
  readonly bytes: Uint8Array;
  readonly metadata: unknown;
}

/**
 * The values of a page, one after another: six are asked for at once, and one is in memory. A value that breaks off is
 * read again. Where they are to be exact, the end is of the same version too, and metadata that a Worker rounds fails.
 */
export async function* valuesOf(
  page: PageWork,
  pairs: readonly Pair[],
  { isExact = false }: { readonly isExact?: boolean } = {},
): AsyncGenerator<Read> {
  const keys = pairs.flatMap(({ source }) => (source ? [source] : []));
  const open = ({ name }: Listed) => page.read(() => page.env.SOURCE.getWithMetadata(name, 'stream'));
  for await (const [listed, opening] of openAhead(keys, page.lanes, open)) {
    let first: typeof opening | undefined = opening;
    try {
      const read = await page.again(async () => {
        const opened = first ?? open(listed);
        first = undefined;
        const { value, metadata } = await opened;
        if (value === null) return undefined;
        const bytes = new Uint8Array(await new Response(value).arrayBuffer());
        if (!isExact) return { listed, bytes, metadata };
        mustBeKept(metadata);
        return { listed: { ...listed, expiration: await endOf(page, listed, metadata) }, bytes, metadata };
      });
      if (read === undefined) page.tally.gone++;
      else {
        page.tally.bytes += read.bytes.length;
        yield read;
      }
    } catch (error) {
      page.failed(listed.name, error);
    }
  }
}
