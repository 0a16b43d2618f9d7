import type { Listed, PageWork } from './context.ts';
import { endOf, mustBeKept } from './copyKey.ts';
import { openAhead } from './lanes.ts';
import type { Pair } from './readPage.ts';

/** A key with its value and metadata, of the same version. */
export interface Read {
  readonly listed: Listed;
  readonly bytes: Uint8Array;
  readonly metadata: unknown;
}

/**
 * The values of a page, one after another: six are requested at once, and one is in memory. If a value breaks off, it
 * is read again. If they must be exact, the expiration is of the same version too, and metadata that a Worker would
 * round fails.
 */
export async function* valuesOf(
  page: PageWork,
  pairs: readonly Pair[],
  { isExact = false }: { readonly isExact?: boolean } = {},
): AsyncGenerator<Read> {
  const open = ({ name }: Pair) => page.read(() => page.env.SOURCE.getWithMetadata(name, 'stream'));
  const openListed = async (pair: Pair) => (pair.source ? await open(pair) : undefined);
  for await (const [pair, opening] of openAhead(pairs, page.lanes, openListed)) {
    let first: typeof opening | undefined = opening;
    const readOnce = async (listed: Listed): Promise<Read | undefined> => {
      const opened = first ?? open(pair);
      first = undefined;
      const { value = null, metadata } = (await opened) ?? {};
      return value === null ? undefined : await versionOf(page, listed, { value, metadata }, isExact);
    };
    const read = await page.one(pair, async () => {
      const { source } = pair;
      const version = source && (await page.again(source.name, () => readOnce(source)));
      if (version) page.tally.bytes += version.bytes.length;
      else page.tally.gone++;
      return version;
    });
    if (read) yield read;
  }
}

async function versionOf(
  page: PageWork,
  listed: Listed,
  { value, metadata }: { readonly value: ReadableStream; readonly metadata: unknown },
  isExact: boolean,
): Promise<Read> {
  const bytes = new Uint8Array(await new Response(value).arrayBuffer());
  if (!isExact) return { listed, bytes, metadata };
  mustBeKept(metadata);
  return { listed: { ...listed, expiration: await endOf(page, listed, metadata) }, bytes, metadata };
}
