import * as vscode from 'vscode';
import { isCostly } from '../../core/cost/estimate.ts';
import type { KvKeyInfo } from '../../core/entry/entry.ts';
import { clockOf, type LifetimeClock } from '../../core/entry/lifetimeClock.ts';
import { MAX_PAGE } from '../../core/entry/limits.ts';
import { groupFinder } from '../../core/keys/keyTree.ts';
import { expirationSpans, type SpaceQuery } from '../../core/space/space.ts';
import { sizeAt, spanOf } from '../../core/space/spaceTally.ts';
import { listKeys } from '../../core/store/listKeys.ts';
import { keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import type { KeyFailure, KvReader, OnUnread } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import { oneLine } from '../../core/text/oneLine.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { CALLED_BY_CLICK, commandId, resultsLanguage } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { confirm } from '../../ui/confirm.ts';
import { costText } from '../../ui/cost.ts';
import { linkTo } from '../../ui/openCommand.ts';
import { pickExpiration } from '../../ui/pickExpiration.ts';
import { withProgress } from '../../ui/progress.ts';
import { MOST_LINES } from '../../ui/reports.ts';
import { sizeOfId } from './spaceActions.ts';
import type { SpaceView } from './spaceModel.ts';
import { sizeName, spanNames } from './spacePictures.ts';

const DAY = 86_400;

/** Which keys to list, and the texts for it. */
interface Listing {
  readonly title: string;
  readonly heading: (keys: string, where: string) => string;
  /** The keys of a page that are meant. */
  readonly meant: (
    page: readonly KvKeyInfo[],
    store: KvReader,
    signal: AbortSignal,
    onUnread: OnUnread,
  ) => Promise<readonly string[]>;
}

const namesWhere =
  (isMeant: (info: KvKeyInfo) => boolean): Listing['meant'] =>
  async (page) =>
    page.filter(isMeant).map(({ name }) => name);

/**
 * The listing for the name that a picture uses: `never`, `today`, a time span, `single` for keys outside any group, or
 * a size.
 */
function listingOf(
  which: string,
  { prefix, delimiters, now }: Pick<SpaceQuery, 'prefix' | 'delimiters' | 'now'>,
): Listing | undefined {
  if (which === 'never') {
    return {
      title: vscode.l10n.t('Without Expiration'),
      heading: (keys, where) => vscode.l10n.t('{0} without expiration in {1}', keys, where),
      meant: namesWhere(({ expiration }) => expiration === undefined),
    };
  }
  if (which === 'today') {
    return {
      title: vscode.l10n.t('Expires in 24 Hours'),
      heading: (keys, where) => vscode.l10n.t('{0} that will expire within 24 hours in {1}', keys, where),
      meant: namesWhere(({ expiration }) => expiration !== undefined && expiration <= now + DAY),
    };
  }
  if (which === 'single') {
    const groupOf = groupFinder(prefix, delimiters);
    return {
      title: vscode.l10n.t('Keys Outside Any Group'),
      heading: (keys, where) => vscode.l10n.t('{0} outside any group in {1}', keys, where),
      meant: namesWhere(({ name }) => groupOf(name) === undefined),
    };
  }
  const span = expirationSpans.find((one) => one === which);
  if (span) {
    return {
      title: vscode.l10n.t('Keys by Expiration'),
      heading: (keys, where) => vscode.l10n.t('{0} in {1}, by when they expire: {2}', keys, where, spanNames()[span]),
      meant: namesWhere(({ expiration }) => spanOf(expiration, now) === span),
    };
  }
  const size = sizeOfId(which);
  if (size === undefined) return undefined;
  return {
    title: vscode.l10n.t('Keys by Size'),
    heading: (keys, where) =>
      vscode.l10n.t('{0} in {1}, by the size of their values: {2}', keys, where, sizeName(size)),
    meant: async (page, store, signal, onUnread) => {
      const found: string[] = [];
      const names = page.map(({ name }) => name);
      for await (const { key, value } of store.getMany(names, signal, onUnread)) {
        if (sizeAt(value.length) === size) found.push(key);
      }
      return found;
    },
  };
}

/** Opens the keys of one part of a picture as a document, with links to what can be done with them. */
export async function openKeyList(
  which: string,
  { name, memory: { namespace, prefix }, space }: Pick<SpaceView, 'name' | 'memory' | 'space'>,
  { sources, reports, settings }: Pick<Services, 'sources' | 'reports' | 'settings'>,
): Promise<void> {
  const clock = clockOf(await sources.store(namespace));
  const listing = listingOf(which, { prefix, delimiters: settings.keyDelimiters, now: clock.now() });
  if (!listing) return;
  const where = selectionName({ keys: [], prefixes: [prefix] }, name);
  if (isAccount(namespace.source) && !(await agreeToList(space?.keys ?? 0, where))) return;
  const unread: KeyFailure[] = [];
  const keys = await withProgress(vscode.l10n.t('Listing keys'), undefined, async ({ signal, report }) => {
    const found: string[] = [];
    const store = await sources.store(namespace);
    for await (const page of listKeys(store, prefix, signal)) {
      for (const name of await listing.meant(page, store, signal, (one) => unread.push(one))) found.push(name);
      report(vscode.l10n.t('Listing keys: {0} found', keyCount(found.length)));
    }
    return found;
  });
  const missing = vscode.l10n.t('not complete: {0} could not be read', keyCount(unread.length));
  const whole = listing.heading(keyCount(keys.length), where);
  const heading = unread.length > 0 ? `${whole} (${missing})` : whole;
  const [first] = unread;
  const notes = first ? [oneLine(first.error.message), ''] : [];
  const lines = keys.slice(0, MOST_LINES).map((key) => {
    const text = oneLine(key);
    return { text, link: { start: 0, length: text.length, target: linkTo(valueUri(namespace, key)) } };
  });
  await reports.open(listing.title, resultsLanguage, heading, [namespace.source], {
    lines: [...notes.map((text) => ({ text })), ...lines],
    more: keys.length - lines.length,
  });
  if (keys.length > 0) void offer(heading, keys, namespace, clock);
}

/** Asks first, as for every other long listing of an account. */
async function agreeToList(keys: number, where: string): Promise<boolean> {
  const operations = { lists: Math.ceil(keys / MAX_PAGE) };
  if (!isCostly(operations)) return true;
  return await confirm({
    question: vscode.l10n.t('List {0} of {1}?', keyCount(keys), where),
    detail: costText(operations),
    button: vscode.l10n.t('List {0} Keys', countText(keys)),
  });
}

async function offer(
  heading: string,
  keys: readonly string[],
  namespace: NamespaceRef,
  clock: LifetimeClock,
): Promise<void> {
  const actions = {
    export: vscode.l10n.t('Export…'),
    expire: vscode.l10n.t('Set Expiration…'),
    delete: vscode.l10n.t('Delete…'),
  };
  const answer = await vscode.window.showInformationMessage(withoutLinks(heading), ...Object.values(actions));
  const run = (name: 'exportKeys' | 'setExpiration' | 'deleteKeys', more: object = {}): Thenable<unknown> =>
    vscode.commands.executeCommand(commandId(name), CALLED_BY_CLICK, { namespace, keys, ...more });
  switch (answer) {
    case actions.export: {
      const to = await vscode.window.showSaveDialog({
        title: heading,
        filters: { NDJSON: ['ndjson'], JSON: ['json'] },
      });
      if (to) await run('exportKeys', { to });
      return;
    }
    case actions.expire: {
      const expiration = await pickExpiration(keys[0] ?? '', heading, clock);
      if (expiration) await run('setExpiration', expiration);
      return;
    }
    case actions.delete:
      await run('deleteKeys');
  }
}
