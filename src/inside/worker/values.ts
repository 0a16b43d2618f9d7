import type { Listed, PageWork } from './context.ts';
import { openAhead } from './lanes.ts';
import type { Pair } from './readPage.ts';

/** A key with its value, of one version. */
export interface Read {
  readonly listed: Listed;
  readonly bytes: Uint8Array;
  readonly metadata: unknown;
}

/**
 * The values of a page, one after another: six are asked for at once, and one is in memory. A value that breaks off is
 * read again.
 */
export async function* valuesOf(page: PageWork, pairs: readonly Pair[]): AsyncGenerator<Read> {
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
        return { listed, bytes: new Uint8Array(await new Response(value).arrayBuffer()), metadata };
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
