import * as l10n from '@vscode/l10n';
import type { KvKeyInfo } from '../entry/entry.ts';

/** A row on one level of the tree: a single key, or a group of all keys that start with a prefix. */
export type KeyRow =
  | { readonly kind: 'group'; readonly prefix: string; readonly label: string }
  | { readonly kind: 'key'; readonly info: KvKeyInfo; readonly label: string };

/**
 * Where the parts of a key end: after every delimiter, in order. If several delimiters start at the same place, the
 * longest counts.
 */
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

/** The longest first, without delimiters that would make no group or that would cut a character in half. */
const usable = (delimiters: readonly string[]): string[] =>
  delimiters.filter((text) => text !== '' && text.isWellFormed()).sort((a, b) => b.length - a.length);

/**
 * Returns a function that finds the group of a key below a prefix: a longer prefix of the key, or `undefined` if it is
 * in no group.
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

/** The prefixes of all groups that contain a key, outermost first. */
export const groupPrefixes = (key: string, delimiters: readonly string[]): string[] =>
  cutKey(key, usable(delimiters)).map(({ end }) => key.slice(0, end));

/**
 * The rows of one level of the tree, built page by page from a listing of `prefix` in UTF-8 byte order. A group is
 * placed where its first key sorts. Neither keys nor rows are stored here. Without delimiters, every key is a row with
 * its whole name.
 *
 * `group` tells whether the level belongs to a group that was opened or to a prefix that the user filters by. This
 * matters only if delimiters overlap: with `:` and `::`, the key `a::1` starts with `a:` but lies in the group `a::`,
 * next to the group `a:`.
 */
export class KeyLevel {
  readonly prefix: string;
  readonly #delimiters: readonly string[];
  readonly #group: boolean;
  /** If delimiters overlap, keys of one group may not be adjacent, so it is not enough to remember the latest group. */
  readonly #groups = new Set<string>();

  constructor(prefix: string, delimiters: readonly string[], { group = false }: { group?: boolean } = {}) {
    this.prefix = prefix;
    this.#delimiters = usable(delimiters);
    this.#group = group;
  }

  /** Takes the next keys of the listing and returns the rows to append; a key in a known group adds none. */
  add(keys: readonly KvKeyInfo[]): readonly KeyRow[] {
    return keys.flatMap((info) => {
      const row = this.rowOf(info);
      if (row?.kind !== 'group') return row ?? [];
      if (this.#groups.has(row.prefix)) return [];
      this.#groups.add(row.prefix);
      return row;
    });
  }

  /** Call when the row of this group was removed: the next key in the group adds it again. */
  forget(prefix: string): void {
    this.#groups.delete(prefix);
  }

  /** The row that shows a key: its own row or that of its group; `undefined` if the key belongs to another group. */
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
