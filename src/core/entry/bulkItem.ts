import { type KvEntry, presentMetadata } from './entry.ts';
import { metadataText, objectText } from './metadataJson.ts';

/** The value of an entry as a Buffer, without copying it. */
export const bytesOf = ({ value }: KvEntry): Buffer => Buffer.from(value.buffer, value.byteOffset, value.length);

/** An entry as the API's bulk write expects it: with its value as text, which it must be in UTF-8, or as base64. */
export function bulkItem(entry: KvEntry, asText: boolean): string {
  const present = presentMetadata(entry.metadata);
  return objectText({
    key: JSON.stringify(entry.key),
    value: JSON.stringify(bytesOf(entry).toString(asText ? 'utf8' : 'base64')),
    base64: asText ? undefined : 'true',
    metadata: present === undefined ? undefined : metadataText(present),
    expiration: entry.expiration?.toString(),
  });
}
