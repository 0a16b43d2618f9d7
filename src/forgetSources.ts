import { sourceIdOf } from './auth/account.ts';
import { isAccount } from './core/store/sourceId.ts';
import { sourceOf } from './fs/closeDocuments.ts';
import { shownUris } from './fs/openDocuments.ts';
import type { Services } from './services.ts';
import { forgetLastUsed } from './ui/pickNamespace.ts';

/** Whoever keeps something by the id of a source. */
interface Keepers extends Pick<Services, 'memory'> {
  readonly accounts: Pick<Services['accounts'], 'known'>;
  readonly journals: Pick<Services['journals'], 'forget'>;
  readonly values: Pick<Services['values'], 'forget'>;
  readonly entries: Pick<Services['entries'], 'forget'>;
  readonly keys: Pick<Services['keys'], 'forget' | 'namespaceOf'>;
  readonly pins: Pick<Services['pins'], 'forget'>;
  readonly protection: Pick<Services['protection'], 'forget'>;
}

/** Removes what is kept of these sources, here and on the disk, journals included. Rejects when one of them stays. */
export async function forgetSources(ids: readonly string[], services: Keepers): Promise<void> {
  const isGone = (source: string): boolean => ids.includes(source);
  // What is on the disk goes in any case, also when a document cannot be closed.
  try {
    await services.journals.forget(isGone);
  } finally {
    await forgetChoices(isGone, services);
    for (const keeper of [services.values, services.entries, services.keys]) keeper.forget(isGone);
  }
}

/** Removes the journals of these sources alone: another window has forgotten them, and operations go on in this one. */
export async function forgetUndo(ids: readonly string[], { journals }: Pick<Keepers, 'journals'>): Promise<void> {
  await journals.forget((source) => ids.includes(source));
}

/**
 * What this workspace keeps of accounts that were signed out in another one goes when it is opened next, except where
 * documents wait to be signed in again, perhaps with unsaved text. What is kept of documents goes with these.
 */
export async function forgetSignedOut(services: Keepers): Promise<void> {
  const kept = new Set([
    ...services.accounts.known.map(sourceIdOf),
    ...shownUris().map((uri) => sourceOf(uri, services.keys)),
  ]);
  await forgetChoices((source) => isAccount(source) && !kept.has(source), services);
}

async function forgetChoices(
  isGone: (source: string) => boolean,
  { pins, protection, memory }: Pick<Keepers, 'pins' | 'protection' | 'memory'>,
): Promise<void> {
  await pins.forget(isGone);
  await protection.forget(isGone);
  await forgetLastUsed(memory, isGone);
}
