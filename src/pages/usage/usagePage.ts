import * as vscode from 'vscode';
import { sourceIdOf } from '../../auth/account.ts';
import { distinctNames } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { KvNamespace } from '../../core/store/store.ts';
import { type UsageDays, usageDays } from '../../core/usage/readings.ts';
import { type Usage, usageOf } from '../../core/usage/usage.ts';
import { commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { logError } from '../../ui/reportError.ts';
import { Page } from '../page.ts';
import type { PagePlace } from '../pages.ts';
import { AGAIN, DAYS, SHOW_LOG, SIGN_IN, type UsageMemory, type UsageView, usageModel } from './usageModel.ts';

/** The usage of an account, or of some of its namespaces. */
class UsagePage extends Page {
  readonly #services: Services;
  #view: UsageView;
  /** If several reads are running, only the newest is shown. */
  #reading = 0;

  constructor(panel: vscode.WebviewPanel, services: Services, place: PagePlace, memory: UsageMemory) {
    super(panel, services, {
      choose: (choice, option) => {
        const days = usageDays.find((one) => choice === DAYS && String(one) === option);
        return days && this.readQuietly(days);
      },
      act: (action) => this.#act(action),
    });
    this.#services = services;
    this.#view = { title: place.title, memory, isReading: true, nameOf: (id) => id };
    this.show(usageModel(this.#view));
  }

  /** Shows the result or the error. Rejects with the error. */
  async read(days: UsageDays): Promise<Usage> {
    const reading = ++this.#reading;
    const isNewest = (): boolean => reading === this.#reading;
    const memory = { ...this.#view.memory, days };
    this.#draw({ memory, isReading: true });
    try {
      const [usage, nameOf] = await Promise.all([readUsage(memory, this.#services, this.signal), this.#names()]);
      if (isNewest()) this.#draw({ usage, nameOf, error: undefined, isReading: false });
      return usage;
    } catch (error) {
      // The old numbers are for other days than those that the page names.
      if (isNewest()) this.#draw({ usage: undefined, error, isReading: false });
      throw error;
    }
  }

  /** The same when nobody waits for the result: the page shows the error. */
  async readQuietly(days: UsageDays): Promise<void> {
    await this.read(days).catch((error: unknown) => logError(this.#services.log, 'showUsage', error));
  }

  async #act(action: string): Promise<void> {
    switch (action) {
      case AGAIN:
        await this.readQuietly(this.#view.memory.days);
        return;
      case SIGN_IN:
        await vscode.commands.executeCommand(commandId('signIn'));
        await this.readQuietly(this.#view.memory.days);
        return;
      case SHOW_LOG:
        this.#services.log.show();
    }
  }

  #draw(change: Partial<UsageView>): void {
    this.#view = { ...this.#view, ...change };
    this.show(usageModel(this.#view));
  }

  /** Listed namespaces get their names. A deleted one gets its id. */
  async #names(): Promise<UsageView['nameOf']> {
    const listed = await listedIn(this.#view.memory.account, this.#services.sources, this.signal);
    const names = distinctNames(listed ?? []);
    return (id) => names.get(id) ?? id;
  }
}

async function readUsage(memory: UsageMemory, { accounts, sources }: Services, signal: AbortSignal): Promise<Usage> {
  const { account, namespaces, days } = memory;
  const query = { days, namespaces };
  const [readings, listed] = await Promise.all([
    accounts.usage(account, query, signal),
    listedIn(account, sources, signal),
  ]);
  return usageOf(readings, query, listed && new Set(listed.map(({ id }) => id)));
}

/** The namespaces of an account; `undefined` if they cannot be listed. */
const listedIn = (
  account: string,
  sources: Services['sources'],
  signal: AbortSignal,
): Promise<readonly KvNamespace[] | undefined> =>
  sources
    .source(sourceIdOf({ id: account }))
    .then((source) => source.namespaces(signal))
    .catch(() => undefined);

/** Opens the page or brings it to the front. Resolves to what it shows. */
export async function openUsage(memory: UsageMemory, services: Services): Promise<Usage> {
  const place = await placeOf(memory, services);
  const page = services.pages.open(place, (panel) => new UsagePage(panel, services, place, memory));
  return await page.read(memory.days);
}

/** Restores the page after a reload. Returns false if what was stored is not from such a page. */
export function restoreUsage(panel: vscode.WebviewPanel, kept: unknown, services: Services): boolean {
  const memory = memoryIn(kept);
  if (!memory) return false;
  void placeOf(memory, services).then((place) => {
    const page = services.pages.restore(place, panel, () => new UsagePage(panel, services, place, memory));
    return page?.readQuietly(memory.days);
  });
  return true;
}

function memoryIn(kept: unknown): UsageMemory | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  const { account, namespaces, days } = kept as Readonly<Record<string, unknown>>;
  const known = usageDays.find((one) => one === days);
  if (typeof account !== 'string' || known === undefined) return undefined;
  if (namespaces === undefined) return { account, days: known };
  const areIds = Array.isArray(namespaces) && namespaces.every((id): id is string => typeof id === 'string');
  return areIds ? { account, namespaces, days: known } : undefined;
}

async function placeOf({ account, namespaces }: UsageMemory, services: Services): Promise<PagePlace> {
  const source = sourceIdOf({ id: account });
  const label = services.sources.sources.find(({ id }) => id === source)?.label ?? account.slice(0, 8);
  const [only, ...others] = namespaces ?? [];
  const name =
    only === undefined
      ? label
      : others.length > 0
        ? vscode.l10n.t('{0} namespaces ({1})', others.length + 1, label)
        : await nameOf({ source, id: only }, services);
  return {
    name: 'usage',
    id: [account, ...(namespaces ?? [])].join(' '),
    title: vscode.l10n.t('Usage of {0}', name),
    sources: [source],
  };
}

const nameOf = (namespace: NamespaceRef, { sources }: Services): Promise<string> => sources.nameOf(namespace);
