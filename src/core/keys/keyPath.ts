/*
 * A key or a namespace id as one segment of a path. Editors normalise `//`, `.` and `..` away, so characters that have
 * a meaning in a path are percent-encoded. Everything else stays readable.
 */

const SPECIAL = /[%/\\\u0000-\u001f\u007f]/g;
const percent = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** Reversible for every well-formed string; two different texts never have the same segment. */
export function keyToSegment(key: string): string {
  const escaped = key.replace(SPECIAL, percent);
  return /^\.+$/.test(escaped) ? escaped.replaceAll('.', '%2E') : escaped;
}

/** The text of a segment, or `undefined` for a segment that {@link keyToSegment} never produces. */
export function segmentToKey(segment: string): string | undefined {
  const key = segment.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return segment !== '' && keyToSegment(key) === segment ? key : undefined;
}
