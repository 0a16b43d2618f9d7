import { isTable, type Table } from '../../base/table.ts';
import type { JsonValue } from '../../entry/entry.ts';
import type { EntryState } from '../../entry/entryDigest.ts';
import { metadataText, parseMetadata } from '../../entry/metadataJson.ts';
import type { ChangeKind, ResumableWork } from '../keyChange.ts';
import type { Moment } from './moment.ts';
import type { Owner } from './owner.ts';

/*
 * A journal is NDJSON. Its first line is the head. Each batch then has a line for every key with the state before
 * (absent if the key did not exist), the digest of the state after (absent if the key was deleted) and its expiration.
 * Once the batch was written, it also has a mark that names the keys that were not written, and those for which that is
 * not certain. Lines without a mark may or may not have been written. Values are base64; metadata is its JSON text.
 * Changes of single keys share one file per session, with a line for each change and another one for its mark.
 */

export interface JournalHead {
  /** 1 is a backup from versions before journals; all of its changes were written. */
  readonly version: 1 | 2;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** See `Moment`. */
  readonly tick?: string | undefined;
  readonly kind: ChangeKind;
  readonly source: string;
  readonly namespace: string;
  readonly label: string;
  readonly owner?: Owner;
  /** The first keys of a change of a few keys that has its own file. */
  readonly names?: readonly string[];
  readonly work?: ResumableWork & { readonly id: string };
  /** The journal lacks what an earlier run has written. */
  readonly isRest?: true;
}

export interface JournalLine {
  readonly key: string;
  readonly before?: EntryState;
  /** An `entryDigest`. */
  readonly after?: string;
  /** When that state expires, in Unix seconds; absent if it does not. */
  readonly ends?: number;
  /** For the first line of a batch: when it was kept, in Unix milliseconds. */
  readonly at?: number;
  /** Together with `at`; see `Moment`. */
  readonly tick?: string | undefined;
  /** Only in old backups: states that earlier runs of the work may have given the key; `null` if they deleted it. */
  readonly earlier?: readonly (string | null)[];
  /** Only in old backups: somebody else has written `before` between two runs of the work. */
  readonly isForeign?: true;
}

/** The keys that identify a change of a few keys. */
export const firstNames = (lines: readonly Pick<JournalLine, 'key'>[]): readonly string[] =>
  lines.slice(0, 3).map(({ key }) => key);

/** How a batch has ended. */
export interface JournalMark {
  /** Keys of the lines since the last mark that were certainly not changed. */
  readonly failed?: readonly string[];
  /** Keys for which it is not certain. */
  readonly uncertain?: readonly string[];
  /** The number of keys that the whole work has finished so far, including those that needed no write. */
  readonly done?: number;
}

/**
 * How work has ended. `whole`: everything is done. `left`: it was interrupted and should be continued. `refused`: it
 * went through to its end, but some keys were refused; it is continued only if the user tries those again.
 */
export type JournalEnd = 'whole' | 'left' | 'refused';

/** Another start of the same work. */
export interface JournalStart extends Moment, Pick<ResumableWork, 'since' | 'ahead'> {
  readonly owner: Owner;
  /** Number of keys left at this start, or of all keys if the finished ones are gone through again. */
  readonly total?: number;
}

export type JournalRecord =
  | { readonly head: JournalHead }
  | { readonly line: JournalLine }
  | { readonly mark: JournalMark }
  | { readonly start: JournalStart }
  /**
   * The work ended, and the journal no longer has an owner. `ended`: when that was. `started`: when the work was last
   * started or continued.
   */
  | { readonly end: JournalEnd; readonly ended?: Moment; readonly started?: Moment }
  /** The user knows that the work was interrupted. */
  | { readonly notified: true }
  /**
   * Of the lines so far, from index `from` up to index `to`, those of these keys were undone. Undoing them again would
   * undo later changes.
   */
  | { readonly undone: readonly string[]; readonly from?: number; readonly to?: number };

/** A change in the file of a session, or its outcome. */
export type SessionRecord =
  | { readonly op: JournalHead; readonly lines: readonly JournalLine[] }
  | { readonly of: string; readonly mark: JournalMark }
  | { readonly of: string; readonly undone: readonly string[] }
  | { readonly forget: string };

/** One line of a file. */
export const recordText = (record: JournalRecord): string => `${JSON.stringify(stored(record))}\n`;

function stored(record: JournalRecord): object {
  if ('line' in record) return storedLine(record.line);
  // In a form that earlier versions understand, because one may run in another window.
  return 'end' in record && record.end === 'refused' ? { ...record, end: 'left', isRefused: true } : record;
}

export const sessionText = (record: SessionRecord): string =>
  `${JSON.stringify('op' in record ? { ...record, lines: record.lines.map(storedLine) } : record)}\n`;

function storedLine({ key, before, after, ends, at, tick }: JournalLine) {
  const state = before && {
    value: Buffer.from(before.value.buffer, before.value.byteOffset, before.value.length).toString('base64'),
    ...(before.metadata !== undefined && { meta: metadataText(before.metadata) }),
    ...(before.expiration !== undefined && { expiration: before.expiration }),
  };
  return {
    key,
    ...(state && { before: state }),
    ...(after !== undefined && { after }),
    ...(ends !== undefined && { ends }),
    ...(at !== undefined && { at }),
    ...(tick !== undefined && { tick }),
  };
}

/** Parses a line of a journal or of an old backup; `undefined` for anything else. */
export function parseRecord(text: string): JournalRecord | undefined {
  const value = parse(text);
  if (value === undefined) return undefined;
  if (typeof value.key === 'string') {
    const line = lineOf(value);
    return line && { line };
  }
  // The head of a backup is not wrapped.
  const head = headOf(isTable(value.head) ? value.head : value);
  if (head) return { head };
  if (isTable(value.mark)) return { mark: markOf(value.mark) };
  if (isTable(value.start)) {
    const start = startOf(value.start);
    return start && { start };
  }
  if (isTexts(value.undone)) {
    const { undone, from, to } = value;
    return { undone, ...(typeof from === 'number' && { from }), ...(typeof to === 'number' && { to }) };
  }
  if (value.end === 'whole' || value.end === 'left') {
    const end = value.end === 'left' && value.isRefused === true ? 'refused' : value.end;
    const [ended, started] = [value.ended, value.started].map((one) => (isTable(one) ? momentOf(one) : undefined));
    return { end, ...(ended && { ended }), ...(started && { started }) };
  }
  // Earlier versions wrote `told`.
  return value.notified === true || value.told === true ? { notified: true } : undefined;
}

/** Parses a line in the file of a session; `undefined` for anything else. */
export function parseSessionRecord(text: string): SessionRecord | undefined {
  const value = parse(text);
  if (value === undefined) return undefined;
  if (typeof value.forget === 'string') return { forget: value.forget };
  if (typeof value.of === 'string' && isTable(value.mark)) return { of: value.of, mark: markOf(value.mark) };
  if (typeof value.of === 'string' && isTexts(value.undone)) return { of: value.of, undone: value.undone };
  const op = isTable(value.op) ? headOf(value.op) : undefined;
  if (op === undefined || !Array.isArray(value.lines)) return undefined;
  const lines = value.lines.map((line: unknown) => (isTable(line) ? lineOf(line) : undefined));
  return lines.includes(undefined) ? undefined : { op, lines: lines.filter((line) => line !== undefined) };
}

function parse(text: string): Table | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isTable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function headOf(fields: Table): JournalHead | undefined {
  const { version, id, at, tick, source, namespace, label, owner, names, work, isRest } = fields;
  const kind = kindOf(fields.kind);
  if ((version !== 1 && version !== 2) || kind === undefined || typeof at !== 'number') return undefined;
  if (typeof id !== 'string' || typeof source !== 'string') return undefined;
  if (typeof namespace !== 'string' || typeof label !== 'string') return undefined;
  return {
    version,
    id,
    at,
    kind,
    source,
    namespace,
    label,
    ...(typeof tick === 'string' && { tick }),
    ...(isOwner(owner) && { owner }),
    ...(isTexts(names) && { names }),
    ...(isWork(work) && { work }),
    ...(isRest === true && { isRest }),
  };
}

function startOf(fields: Table): JournalStart | undefined {
  const { owner, since, ahead, total } = fields;
  const moment = momentOf(fields);
  if (!moment || !isOwner(owner)) return undefined;
  return {
    owner,
    ...moment,
    ...(typeof since === 'number' && { since }),
    ...(typeof ahead === 'number' && { ahead }),
    ...(typeof total === 'number' && { total }),
  };
}

const momentOf = ({ at, tick }: Table): Moment | undefined =>
  typeof at === 'number' ? { at, ...(typeof tick === 'string' && { tick }) } : undefined;

function lineOf({ key, before, after, ends, at, tick, earlier, isForeign }: Table): JournalLine | undefined {
  if (typeof key !== 'string' || (after !== undefined && typeof after !== 'string')) return undefined;
  const rest = {
    key,
    ...(after !== undefined && { after }),
    ...(typeof ends === 'number' && { ends }),
    ...(typeof at === 'number' && { at }),
    ...(typeof tick === 'string' && { tick }),
    ...(isDigests(earlier) && { earlier }),
    ...(isForeign === true && { isForeign: true as const }),
  };
  if (before === undefined) return rest;
  if (!isTable(before) || typeof before.value !== 'string') return undefined;
  const { expiration } = before;
  if (expiration !== undefined && typeof expiration !== 'number') return undefined;
  const metadata = metadataOf(before);
  // Copied, because a small Buffer is a view into a shared pool, which would be sent along to a worker.
  const value = new Uint8Array(Buffer.from(before.value, 'base64'));
  return {
    ...rest,
    before: { value, ...(metadata !== undefined && { metadata }), ...(expiration !== undefined && { expiration }) },
  };
}

/** JSON text; old backups have the JSON itself. */
const metadataOf = ({ meta, metadata }: Table): JsonValue | undefined =>
  typeof meta === 'string' ? parseMetadata(meta) : (metadata as JsonValue | undefined);

const markOf = ({ failed, uncertain, done }: Table): JournalMark => ({
  ...(isTexts(failed) && { failed }),
  ...(isTexts(uncertain) && { uncertain }),
  ...(typeof done === 'number' && { done }),
});

const KINDS: readonly ChangeKind[] = [
  'save',
  'put',
  'rename',
  'expiration',
  'delete',
  'import',
  'copy',
  'sync',
  'edit',
];

/** Old backups call a copy, or new expirations, an overwrite. */
const kindOf = (value: unknown): ChangeKind | undefined =>
  value === 'overwrite' ? 'copy' : KINDS.find((kind) => kind === value);

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isDigests = (value: unknown): value is readonly (string | null)[] =>
  Array.isArray(value) && value.every((item) => item === null || typeof item === 'string');
const isOwner = (value: unknown): value is Owner =>
  isTable(value) && typeof value.pid === 'number' && typeof value.session === 'string';
const isWork = (value: unknown): value is ResumableWork & { id: string } =>
  isTable(value) &&
  typeof value.id === 'string' &&
  typeof value.command === 'string' &&
  typeof value.title === 'string' &&
  typeof value.total === 'number' &&
  'args' in value;
