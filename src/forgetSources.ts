import { sourceIdOf } from './auth/account.ts';
import { isAccount } from './core/store/sourceId.ts';
import { sourceOf } from './fs/closeDocuments.ts';
import { shownUris } from './fs/openDocuments.ts';
import type { Services } from './services.ts';
import { forgetLastUsed } from './ui/pickNamespace.ts';

/** Everything that stores something under the id of a source. */
interface Keepers extends Pick<Services, 'memory'> {
  readonly accounts: Pick<Services['accounts'], 'known'>;
  readonly journals: Pick<Services['journals'], 'forget'>;
  readonly values: Pick<Services['values'], 'forget'>;
  readonly entries: Pick<Services['entries'], 'forget'>;
  readonly keys: Pick<Services['keys'], 'forget' | 'namespaceOf'>;
  readonly pins: Pick<Services['pins'], 'forget'>;
  readonly protection: Pick<Services['protection'], 'forget'>;
}

/**
 * Removes everything kept about these sources, in memory and on disk, journals included. Rejects if something is left.
 */
export async function forgetSources(ids: readonly string[], services: Keepers): Promise<void> {
  const isGone = (source: string): boolean => ids.includes(source);
  // Data on disk is removed in any case, even if a document cannot be closed.
  try {
    await services.journals.forget(isGone);
  } finally {
    await forgetChoices(isGone, services);
    for (const keeper of [services.values, services.entries, services.keys]) keeper.forget(isGone);
  }
}

/**
 * Removes only the journals of these sources: another window has forgotten the rest, and operations go on in this one.
 */
export async function forgetUndo(ids: readonly string[], { journals }: Pick<Keepers, 'journals'>): Promise<void> {
  await journals.forget((source) => ids.includes(source));
}

/**
 * Accounts can be signed out while another workspace is open. When this workspace is opened next, forgets what it kept
 * about them. Sources of documents that are still open are spared: these wait for the user to sign in again and may
 * have unsaved text. What is kept about a document goes with that document, not here.
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
