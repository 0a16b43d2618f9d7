import type { BulkPlace } from './bulkFormat.ts';
import { readCsv } from './csv.ts';
import { readFolder } from './folder.ts';
import { readJson } from './json.ts';
import { readNdjson } from './ndjson.ts';
import type { RawItem } from './rawItem.ts';

/** The items of a bulk file in their order. Throws `invalidInput` where it is not of its format. */
export function rawItems({ path, format }: BulkPlace, signal: AbortSignal | undefined): AsyncGenerator<RawItem> {
  switch (format) {
    case 'json':
      return readJson(path, signal);
    case 'ndjson':
      return readNdjson(path, signal);
    case 'csv':
      return readCsv(path, signal);
    case 'folder':
      return readFolder(path, signal);
  }
}
