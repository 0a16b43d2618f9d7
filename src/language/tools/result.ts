import { type JsonValue, presentMetadata } from '../../core/entry/entry.ts';
import { formatIso } from '../../core/entry/expiration.ts';
import { byteLength } from '../../core/entry/limits.ts';
import { metadataText, objectText } from '../../core/entry/metadataJson.ts';

/** VS Code writes a longer result into a file, from 8,192 bytes on, and tells the model to read that. */
export const MAX_RESULT_BYTES = 8000;

/** Metadata that KV itself would take. */
const MOST_METADATA = 1024;

/** The JSON of members that are JSON texts, and of plain ones. */
export function jsonResult(
  plain: Readonly<Record<string, JsonValue | undefined>>,
  texts: Readonly<Record<string, string | undefined>> = {},
): string {
  const written = Object.entries(plain).map(([name, value]) => [
    name,
    value === undefined ? value : JSON.stringify(value),
  ]);
  return objectText({ ...Object.fromEntries(written), ...texts });
}

/** Expiration and metadata of a key, as members of a result; metadata in the text that is stored. */
export function aboutKey({
  expiration,
  metadata,
}: {
  readonly expiration?: number | undefined;
  readonly metadata?: JsonValue | undefined;
}): Readonly<Record<string, string | undefined>> {
  const present = presentMetadata(metadata);
  const text = present === undefined ? undefined : metadataText(present);
  const bytes = text === undefined ? 0 : byteLength(text);
  const time = expiration === undefined ? undefined : (formatIso(expiration) ?? expiration);
  return {
    ...(time !== undefined && { expires: JSON.stringify(time) }),
    ...(text !== undefined && (bytes <= MOST_METADATA ? { metadata: text } : { metadata_bytes: String(bytes) })),
  };
}

/** The longest beginning, of whole characters, whose JSON has at most so many bytes, quotes included. */
export function beginningOf(text: string, mostBytes: number): string {
  let bytes = 2;
  let end = 0;
  for (const character of text) {
    bytes += byteLength(JSON.stringify(character)) - 2;
    if (bytes > mostBytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** As many JSON texts from the beginning as fit into so many bytes, with what separates them. */
export function fitting(items: readonly string[], mostBytes: number): readonly string[] {
  let bytes = 0;
  const end = items.findIndex((item) => {
    bytes += byteLength(item) + 1;
    return bytes > mostBytes;
  });
  return end === -1 ? items : items.slice(0, end);
}
