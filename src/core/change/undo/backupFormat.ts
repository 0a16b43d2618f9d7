import { byteLines } from '../../base/byteLines.ts';
import type { JsonValue } from '../../entry/entry.ts';
import type { EntryState } from '../../entry/entryDigest.ts';
import { metadataLine, objectText, parseWithMetadata } from '../../entry/metadataJson.ts';

/*
 * A backup is NDJSON: the header, then one line per key with the state before the operation (absent: there was no such
 * key) and the digest of the state after it (absent: the key is gone afterwards). Values are base64. The backup of work
 * that was taken up again holds the state before its first start.
 */

export type BackupKind = 'delete' | 'overwrite' | 'import' | 'sync';

/** What the caller says about a backup. */
export interface BackupSubject {
  readonly kind: BackupKind;
  /** Id of the source. */
  readonly source: string;
  /** Id of the namespace. */
  readonly namespace: string;
  /** For a person: "Deleted 3 keys from SESSIONS (local, shop)". */
  readonly label: string;
}

export interface BackupHeader extends BackupSubject {
  readonly version: 1;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Ids of the backups of earlier starts of the same work, which it has taken in and stands for. */
  readonly continues?: readonly string[];
  /** An earlier start has written what is not in it: there was no backup of that, or not any more. */
  readonly isRest?: true;
}

export interface BackupLine {
  readonly key: string;
  readonly before?: EntryState;
  /** An `entryDigest`. */
  readonly after?: string;
  /** What earlier starts of the same work may have made of the key; `null` where they deleted it. */
  readonly earlier?: readonly (string | null)[];
  /** Somebody else has written `before` between two starts of the work: it is not what was there before the first. */
  readonly isForeign?: true;
}

export const headerText = (header: BackupHeader): string => `${JSON.stringify(header)}\n`;

export function lineText({ key, before, after, earlier, isForeign }: BackupLine): string {
  return `${objectText({
    key: JSON.stringify(key),
    before: before && stateText(before),
    after: JSON.stringify(after),
    earlier: JSON.stringify(earlier),
    isForeign: JSON.stringify(isForeign),
  })}\n`;
}

const stateText = ({ value, metadata, expiration }: EntryState): string =>
  objectText({
    value: JSON.stringify(Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')),
    metadata: metadata === undefined ? undefined : metadataLine(metadata),
    expiration: JSON.stringify(expiration),
  });

/** The header in a line, or `undefined` for anything else. */
export function parseHeader(text: string): BackupHeader | undefined {
  const value = parse(text);
  if (!isRecord(value) || value.version !== 1) return undefined;
  const { id, at, kind, source, namespace, label, continues, isRest } = value;
  if (!isKind(kind) || typeof at !== 'number') return undefined;
  if (typeof id !== 'string' || typeof source !== 'string') return undefined;
  if (typeof namespace !== 'string' || typeof label !== 'string') return undefined;
  return {
    ...{ version: 1, id, at, kind, source, namespace, label },
    ...(isListOf(continues, isText) && { continues }),
    ...(isRest === true && { isRest }),
  };
}

/** The key in a line, or `undefined` for anything else. */
export function parseLine(text: string): BackupLine | undefined {
  const line = parse(text);
  if (!isRecord(line) || typeof line.key !== 'string') return undefined;
  const { key, before, after, earlier, isForeign } = line;
  if (after !== undefined && typeof after !== 'string') return undefined;
  if (earlier !== undefined && !isListOf(earlier, isTextOrNull)) return undefined;
  const rest = {
    key,
    ...(after !== undefined && { after }),
    ...(earlier !== undefined && { earlier }),
    ...(isForeign === true && { isForeign }),
  };
  if (before === undefined) return rest;
  if (!isRecord(before) || typeof before.value !== 'string') return undefined;
  const { metadata, expiration } = before;
  if (expiration !== undefined && typeof expiration !== 'number') return undefined;
  // A copy of its own: a small Buffer is a view into a shared pool, which travels along to a worker.
  const value = new Uint8Array(Buffer.from(before.value, 'base64'));
  return {
    ...rest,
    before: { value, ...(metadata !== undefined && { metadata }), ...(expiration !== undefined && { expiration }) },
  };
}

/** The lines of a file. */
export async function* readLines(path: string): AsyncGenerator<string> {
  for await (const line of byteLines(path)) yield line.toString('utf8');
}

type Json = JsonValue | undefined;

function parse(text: string): Json {
  try {
    return parseWithMetadata(text, ['before', 'metadata']);
  } catch {
    return undefined;
  }
}

const isRecord = (value: Json): value is { readonly [name: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOf = <T extends JsonValue>(value: Json, isOne: (item: JsonValue) => item is T): value is readonly T[] =>
  Array.isArray(value) && value.every(isOne);
const isText = (value: JsonValue): value is string => typeof value === 'string';
const isTextOrNull = (value: JsonValue): value is string | null => value === null || isText(value);
const isKind = (value: Json): value is BackupKind =>
  value === 'delete' || value === 'overwrite' || value === 'import' || value === 'sync';
