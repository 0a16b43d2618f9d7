import * as l10n from '@vscode/l10n';
import type { KvKeyInfo } from '../entry/entry.ts';

/** What one level of the tree shows: a key, or everything that starts with a prefix. */
export type KeyRow =
  | { readonly kind: 'group'; readonly prefix: string; readonly label: string }
  | { readonly kind: 'key'; readonly info: KvKeyInfo; readonly label: string };

/** Where the parts of a key end: after every delimiter, in order. The longest delimiter counts where several start. */
function cutKey(key: string, delimiters: readonly string[]): Cut[] {
  const cuts: Cut[] = [];
  for (let from = 0; ; ) {
    const cut = firstCut(key, delimiters, from);
    if (cut === undefined) return cuts;
    cuts.push(cut);
    from = cut.end;
  }
}

function firstCut(key: string, delimiters: readonly string[], from: number): Cut | undefined {
  let cut: Cut | undefined;
  for (const delimiter of delimiters) {
    const start = key.indexOf(delimiter, from);
    if (start >= 0 && (cut === undefined || start < cut.start)) cut = { start, end: start + delimiter.length };
  }
  return cut;
}

/** A delimiter inside a key. */
interface Cut {
  readonly start: number;
  readonly end: number;
}

/** Longest first; without those that would make no group or cut a character in half. */
const usable = (delimiters: readonly string[]): string[] =>
  delimiters.filter((text) => text !== '' && text.isWellFormed()).sort((a, b) => b.length - a.length);

/**
 * Finds the group that a key lies in below a prefix: what it begins with, longer than that; `undefined` outside any.
 */
export function groupFinder(prefix: string, delimiters: readonly string[]): (key: string) => string | undefined {
  const own = usable(delimiters);
  return (key) => {
    for (let from = 0; ; ) {
      const cut = firstCut(key, own, from);
      if (cut === undefined) return undefined;
      if (cut.end > prefix.length) return key.slice(0, cut.end);
      from = cut.end;
    }
  };
}

/** The prefixes of the groups that a key lies in, outermost first. */
export const groupPrefixes = (key: string, delimiters: readonly string[]): string[] =>
  cutKey(key, usable(delimiters)).map(({ end }) => key.slice(0, end));

/**
 * The rows of one level of the tree, built page by page from a listing of `prefix` in UTF-8 byte order. A group stands
 * where its first key sorts; neither its keys nor the rows are kept here. Without delimiters every key is a
 * row with its whole name.
 *
 * `group` tells a level that a group opens from a prefix that a person filters by. It only matters for delimiters that
 * overlap: with `:` and `::` the key `a::1` starts with `a:` but lies in the group `a::` beside the group `a:`.
 */
export class KeyLevel {
  readonly prefix: string;
  readonly #delimiters: readonly string[];
  readonly #group: boolean;
  /** Overlapping delimiters make keys of one group come apart, so the newest row is not enough to know one again. */
  readonly #groups = new Set<string>();

  constructor(prefix: string, delimiters: readonly string[], { group = false }: { group?: boolean } = {}) {
    this.prefix = prefix;
    this.#delimiters = usable(delimiters);
    this.#group = group;
  }

  /** Takes the next keys of the listing; returns the rows that they add at the end, none for a known group. */
  add(keys: readonly KvKeyInfo[]): readonly KeyRow[] {
    return keys.flatMap((info) => {
      const row = this.rowOf(info);
      if (row?.kind !== 'group') return row ?? [];
      if (this.#groups.has(row.prefix)) return [];
      this.#groups.add(row.prefix);
      return row;
    });
  }

  /** The row of this group is gone: the next key in it adds one again. */
  forget(prefix: string): void {
    this.#groups.delete(prefix);
  }

  /** The row that shows a key, itself or the group that it lies in; `undefined` for a key of another group. */
  rowOf(info: KvKeyInfo): KeyRow | undefined {
    const { name } = info;
    const cuts = cutKey(name, this.#delimiters);
    const depth = cuts.filter(({ end }) => end <= this.prefix.length).length;
    const shownFrom = cuts[depth - 1]?.end ?? 0;
    if (this.#group && shownFrom !== this.prefix.length) return undefined;
    const cut = cuts[depth];
    if (cut === undefined) {
      return { kind: 'key', info, label: segment(name.slice(shownFrom)) };
    }
    const label = segment(name.slice(shownFrom, cut.start)) + name.slice(cut.start, cut.end);
    return { kind: 'group', prefix: name.slice(0, cut.end), label };
  }
}

const segment = (text: string): string => (text === '' ? l10n.t('(empty)') : text);
