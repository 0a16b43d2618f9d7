import type { BulkPlace } from './bulkFormat.ts';
import { readCsv } from './csv.ts';
import { readFolder } from './folder.ts';
import { InputFile } from './inputFile.ts';
import { readJson } from './json.ts';
import { readNdjson } from './ndjson.ts';
import type { RawItem } from './rawItem.ts';

const READERS = { json: readJson, ndjson: readNdjson, csv: readCsv } as const;

/**
 * The items of a bulk file, in order. Throws `invalidInput` if the file does not have its format, and `conflict` if it
 * is changed meanwhile or does not have the `version` that an {@link InputFile} reported.
 */
export async function* rawItems(
  { path, format }: BulkPlace,
  signal: AbortSignal | undefined,
  version?: string,
): AsyncGenerator<RawItem> {
  if (format === 'folder') {
    yield* readFolder(path, signal);
    return;
  }
  await using file = await InputFile.open(path, version);
  yield* READERS[format](file, signal);
}
