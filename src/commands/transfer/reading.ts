import * as vscode from 'vscode';
import { isCostly, readingOf } from '../../core/cost/estimate.ts';
import type { Operations } from '../../core/cost/pricing.ts';
import { fullName, keyCount } from '../../core/store/names.ts';
import { EVERYTHING, isEverything } from '../../core/store/selection.ts';
import type { KvReader } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import { type CountedKeys, countKeys } from '../../core/transfer/countKeys.ts';
import { keysOf } from '../../core/transfer/selectionName.ts';
import { confirm } from '../../ui/confirm.ts';
import { costText } from '../../ui/cost.ts';
import { sizeBetween } from '../inside/knownSize.ts';
import { askWay } from '../inside/offering.ts';
import { reportedSize } from '../inside/size.ts';
import { canRunInside, type InsideOffer, isWorthIt, whyNotInside } from '../inside/ways.ts';
import type { Run } from '../invocation/command.ts';
import type { Selected } from '../invocation/resolve.ts';

export interface ReadingTexts {
  /** "Export 12,400 keys from SESSIONS (Acme Inc)?" */
  readonly question: (keys: string, where: string) => string;
  /** "Export 12,400 Keys" */
  readonly button: (count: string) => string;
  /** What the question says about the cost; by default the cost alone. */
  readonly detail?: (cost: string) => string;
  /** The operations for this many keys; by default they are listed and read. */
  readonly operations?: (keys: number) => Operations;
  /** A job inside Cloudflare that does the same with the first selection. */
  readonly inside?: InsideOffer;
}

/** Texts for a comparison. It reads values only if it has to. */
export const COMPARING: ReadingTexts = {
  question: (keys, where) => vscode.l10n.t('Compare {0} of {1}?', keys, where),
  button: (count) => vscode.l10n.t('Compare {0} Keys', count),
  detail: (cost) => vscode.l10n.t('Values are read where metadata and expiration do not tell: at most {0}', cost),
};

/**
 * The stores to read these selections from. With `mayBeNew`, the namespace need not exist. If the user can be asked,
 * first counts what would be read from an account, and asks if it takes more than a moment or a noticeable part of the
 * free plan's day. `undefined` when dismissed. Throws `namespaceNotFound`.
 */
export async function storesToRead(
  selections: readonly (Selected & { readonly mayBeNew?: boolean })[],
  texts: ReadingTexts,
  run: Run,
): Promise<readonly KvReader[] | undefined> {
  const stores = await askedStores(selections, texts, run);
  // Checked after the question: a namespace may have gone meanwhile.
  const { sources } = run.services;
  if (stores) for (const { namespace, mayBeNew } of selections) if (!mayBeNew) await sources.checkExists(namespace);
  return stores;
}

async function askedStores(
  selections: readonly Selected[],
  texts: ReadingTexts,
  run: Run,
): Promise<readonly KvReader[] | undefined> {
  const { services, isInteractive, signal, report, waitFor } = run;
  const stores: KvReader[] = [];
  const names: string[] = [];
  let [keys, isAll] = [0, true];
  let first: CountedKeys | undefined;
  let operations: Operations = {};
  for (const { namespace, selection } of selections) {
    const store = await services.sources.store(namespace);
    const described = await services.sources.describe(namespace);
    if (!isInteractive || described.source.kind === 'local') {
      stores.push(store);
      continue;
    }
    const name = fullName(described);
    const counted = await countKeys(store, selection, {
      signal,
      report: (count) => report(vscode.l10n.t('Counting what to read from {0}: {1}', name, keyCount(count))),
    });
    if (stores.length === 0) first = counted;
    stores.push(counted.store);
    names.push(name);
    keys += counted.keys;
    isAll &&= counted.isAll;
    operations = sum(operations, (texts.operations ?? readingOf)(counted.keys));
  }
  if (!isCostly(operations)) return stores;
  const count = isAll ? countText(keys) : `${countText(keys)}+`;
  // If there are two sides, they have the same selection.
  const selection = selections[0]?.selection ?? EVERYTHING;
  const cost = texts.detail?.(costText(operations)) ?? costText(operations);
  const question = texts.question(keysOf(selection, vscode.l10n.t('{0} keys', count)), names.join(' ↔ '));
  const detail = isAll ? cost : vscode.l10n.t('{0} There are more keys: these were counted.', cost);
  const [from] = selections;
  if (texts.inside && from && first) {
    const offer = texts.inside;
    const place = { offer, from: from.namespace, selection: from.selection };
    const size = first.isAll
      ? sizeBetween(first, undefined)
      : sizeBetween(first, await reportedSize(from.namespace, run), isEverything(from.selection));
    if (canRunInside(place) && isWorthIt(offer, size)) {
      return (await askWay({ ...place, size, question, detail }, run)) === 'here' ? stores : undefined;
    }
    const why = whyNotInside(offer, from.namespace, size);
    if (why !== '') return await asked(`${detail}\n${why}`);
  }
  return await asked(detail);

  async function asked(text: string): Promise<readonly KvReader[] | undefined> {
    return (await waitFor(confirm({ question, detail: text, button: texts.button(count) }))) ? stores : undefined;
  }
}

const sum = (one: Operations, other: Operations): Operations => ({
  reads: (one.reads ?? 0) + (other.reads ?? 0),
  lists: (one.lists ?? 0) + (other.lists ?? 0),
});
