import * as l10n from '@vscode/l10n';
import { keyCount, shortText } from '../store/names.ts';
import { isEverything, type Selection } from '../store/selection.ts';
import { countText } from '../text/countText.ts';

/** The number of prefixes that are named. */
const MOST_NAMED = 3;

/**
 * Describes the keys of a selection for a sentence, so that it does not seem to mean every key: "100 keys that begin
 * with “user:”". Starts with `counted` ("100 keys") if given, else with "keys" or the number of single keys.
 */
export function keysOf(selection: Selection, counted?: string): string {
  const { keys, prefixes } = selection;
  if (isEverything(selection)) return counted ?? l10n.t('keys');
  if (prefixes.length === 0) return counted ?? keyCount(keys.length);
  if (keys.length > 0) return l10n.t('{0} of what is selected', counted ?? l10n.t('keys'));
  const named = prefixes.slice(0, MOST_NAMED).map((prefix) => `“${shortText(prefix)}”`);
  const more = prefixes.length - named.length;
  const beginnings = [...named, ...(more > 0 ? [l10n.t('{0} more', countText(more))] : [])];
  const last = beginnings.pop() ?? '';
  const all = beginnings.length > 0 ? l10n.t('{0} or {1}', beginnings.join(', '), last) : last;
  return counted === keyCount(1)
    ? l10n.t('{0} that begins with {1}', counted, all)
    : l10n.t('{0} that begin with {1}', counted ?? l10n.t('keys'), all);
}

/** "BIG (local, shop)" if the whole namespace is meant, else "keys that begin with “user:” of BIG (local, shop)". */
export const selectionName = (selection: Selection, namespace: string): string =>
  isEverything(selection) ? namespace : l10n.t('{0} of {1}', keysOf(selection), namespace);
