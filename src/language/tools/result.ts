import { type JsonValue, presentMetadata } from '../../core/entry/entry.ts';
import { formatIso } from '../../core/entry/expiration.ts';
import { byteLength } from '../../core/entry/limits.ts';
import { metadataText, objectText } from '../../core/entry/metadataJson.ts';

/** From 8,192 bytes on, VS Code writes a result to a file and tells the model to read that. */
export const MAX_RESULT_BYTES = 8000;

/** The most metadata that KV itself accepts. */
const MOST_METADATA = 1024;

/** Makes JSON from members that are JSON texts already, and from plain ones. */
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

/** Expiration and metadata of a key as members of a result. The metadata is the stored text. */
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

/** The longest prefix of whole characters whose JSON has at most this many bytes, including quotes. */
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

/** The leading JSON texts that fit into this many bytes, including separators. */
export function fitting(items: readonly string[], mostBytes: number): readonly string[] {
  let bytes = 0;
  const end = items.findIndex((item) => {
    bytes += byteLength(item) + 1;
    return bytes > mostBytes;
  });
  return end === -1 ? items : items.slice(0, end);
}
