import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { clockOf } from '../../core/entry/lifetimeClock.ts';
import { groupPrefixes } from '../../core/keys/keyTree.ts';
import type { Space, SpaceQuery } from '../../core/space/space.ts';
import { listedSpace } from '../../core/store/listedSpace.ts';
import { type NamespaceRef, namespaceKey } from '../../core/store/namespaceRef.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import type { BulkOptions, KvReader } from '../../core/store/store.ts';
import { visibleText } from '../../core/text/visibleText.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { CALLED_BY_CLICK, commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { logError } from '../../ui/reportError.ts';
import { Page } from '../page.ts';
import type { PagePlace } from '../pages.ts';
import { openKeyList } from './keyList.ts';
import { actionOf } from './spaceActions.ts';
import { MEASURE, measures, type SpaceMemory, type SpaceView, spaceModel } from './spaceModel.ts';

export interface SpaceTarget {
  readonly namespace: NamespaceRef;
  /** Empty for the whole namespace. */
  readonly prefix: string;
}

/** How to read it the first time. */
interface FirstReading extends BulkOptions {
  /** The store of the namespace, which may have been listed already. */
  readonly store?: KvReader | undefined;
  /** Why it cannot be read. */
  readonly failure?: unknown;
}

/** Shows what takes up space in a namespace, and in each of its groups on request. */
class SpacePage extends Page {
  readonly #services: Services;
  #view: SpaceView;
  /** If several reads are running, only the newest is shown. */
  #reading = 0;

  constructor(panel: vscode.WebviewPanel, services: Services, name: string, memory: SpaceMemory) {
    super(panel, services, {
      choose: (choice, option) => {
        const measure = measures.find((one) => choice === MEASURE && one === option);
        if (measure) this.#draw({ memory: { ...this.#view.memory, measure } });
      },
      act: (action) => this.#act(action),
    });
    this.#services = services;
    this.#view = { name, memory, isReading: false, parent: this.#parentOf(memory.prefix), read: 0 };
    this.show(spaceModel(this.#view));
  }

  /** Shows the result or the error. Rejects with the error. */
  async read(prefix: string, first?: FirstReading): Promise<Space> {
    const reading = ++this.#reading;
    const isNewest = (): boolean => reading === this.#reading;
    const memory = { ...this.#view.memory, prefix };
    this.#draw({ memory, parent: this.#parentOf(prefix), isReading: true, read: 0, error: undefined });
    const signal = first?.signal ? AbortSignal.any([first.signal, this.signal]) : this.signal;
    const report = (read: number): void => {
      first?.report?.(read);
      if (isNewest()) this.#draw({ read });
    };
    try {
      if (first?.failure !== undefined) throw first.failure;
      const space = await readSpace(memory, this.#services, { signal, report, store: first?.store });
      if (isNewest()) this.#draw({ space, isReading: false });
      return space;
    } catch (error) {
      // The old numbers are about other keys than those that the page names.
      if (isNewest()) this.#draw({ space: undefined, error, isReading: false });
      throw error;
    }
  }

  /** The same when nobody waits for the result: the page shows the error. */
  async readQuietly(prefix = this.#view.memory.prefix): Promise<void> {
    await this.read(prefix).catch((error: unknown) => logError(this.#services.log, 'showSpace', error));
  }

  /** In an account, keys are first counted and the user is asked, as in the command that opens this page. */
  async #readAsAsked(prefix: string): Promise<void> {
    const { namespace } = this.#view.memory;
    const args = { namespace, ...(prefix !== '' && { prefix }) };
    if (!isAccount(namespace.source)) await this.readQuietly(prefix);
    else await vscode.commands.executeCommand(commandId('showSpace'), CALLED_BY_CLICK, args);
  }

  async #act(text: string): Promise<void> {
    const action = actionOf(text);
    const { tree, log } = this.#services;
    const { namespace, prefix } = this.#view.memory;
    switch (action.what) {
      case 'again':
        await this.#readAsAsked(prefix);
        return;
      case 'into':
        await this.#readAsAsked(action.of);
        return;
      case 'key':
        // A URI, not an argument object: this way the user is told when the command fails.
        await vscode.commands.executeCommand(commandId('revealKey'), valueUri(namespace, action.of).toJSON());
        return;
      case 'group':
        await this.#checkIsThere(action.of);
        await tree.revealGroup(namespace, action.of);
        return;
      case 'list':
        await openKeyList(action.of, this.#view, this.#services);
        return;
      case 'log':
        log.show();
    }
  }

  /** The parent group, as in the tree view. */
  #parentOf(prefix: string): string {
    const above = groupPrefixes(prefix, this.#services.settings.keyDelimiters);
    return above.findLast((one) => one.length < prefix.length) ?? '';
  }

  /** Checked first, because the view would show nothing or outdated rows. */
  async #checkIsThere(prefix: string): Promise<void> {
    const store = await this.#services.sources.store(this.#view.memory.namespace);
    const { keys, cursor } = await store.list({ prefix, limit: 1 }, this.signal);
    if (keys.length > 0 || cursor !== undefined) return;
    const { name } = this.#view;
    throw new KvError(
      'notFound',
      vscode.l10n.t('No key of {0} begins with “{1}” any more.', name, visibleText(prefix)),
    );
  }

  #draw(change: Partial<SpaceView>): void {
    this.#view = { ...this.#view, ...change };
    this.show(spaceModel(this.#view));
  }
}

async function readSpace(
  { namespace, prefix }: SpaceMemory,
  { sources, settings }: Services,
  { store, ...options }: BulkOptions & { readonly store: KvReader | undefined },
): Promise<Space> {
  const source = await sources.source(namespace.source);
  const query: SpaceQuery = { prefix, delimiters: settings.keyDelimiters, now: clockOf(source).now() };
  if (source.space) return await source.space(namespace.id, query, options);
  return await listedSpace(store ?? (await sources.store(namespace)), query, options);
}

/** Opens the page or brings it to the front. Resolves to what it shows. */
export async function openSpace(
  { namespace, prefix }: SpaceTarget,
  services: Services,
  first: FirstReading,
): Promise<Space> {
  const { place, name } = await placeOf(namespace, services);
  const memory: SpaceMemory = { namespace, prefix, measure: 'bytes' };
  const page = services.pages.open(place, (panel) => new SpacePage(panel, services, name, memory));
  return await page.read(prefix, first);
}

/** Restores the page after a reload. Returns false if what was stored is not from such a page. */
export function restoreSpace(panel: vscode.WebviewPanel, kept: unknown, services: Services): boolean {
  const memory = memoryIn(kept);
  if (!memory) return false;
  void placeOf(memory.namespace, services).then(({ place, name }) => {
    const page = services.pages.restore(place, panel, () => new SpacePage(panel, services, name, memory));
    // Listing an account takes requests, which the user has not asked for.
    return isAccount(memory.namespace.source) ? undefined : page?.readQuietly();
  });
  return true;
}

function memoryIn(kept: unknown): SpaceMemory | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  const { namespace, prefix, measure } = kept as Readonly<Record<string, unknown>>;
  if (typeof namespace !== 'object' || namespace === null || typeof prefix !== 'string') return undefined;
  const { source, id } = namespace as Readonly<Record<string, unknown>>;
  if (typeof source !== 'string' || typeof id !== 'string') return undefined;
  return { namespace: { source, id }, prefix, measure: measures.find((one) => one === measure) ?? 'bytes' };
}

async function placeOf(
  namespace: NamespaceRef,
  { sources }: Services,
): Promise<{ readonly place: PagePlace; readonly name: string }> {
  const name = await sources.nameOf(namespace);
  const title = vscode.l10n.t('Space of {0}', name);
  const place = {
    name: 'space',
    id: namespaceKey(namespace),
    title,
    sources: [namespace.source],
  } as const;
  return { place, name };
}
