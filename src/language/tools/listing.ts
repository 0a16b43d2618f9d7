import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { KvSource } from '../../core/store/store.ts';
import type { Services } from '../../services.ts';
import { isMeant, type Listed, type Listing, theOne, type Wanted } from './findNamespace.ts';

/** The namespaces of the sources that are meant; of all sources if none is named. */
export async function listing({ sources }: Services, source?: string, signal?: AbortSignal): Promise<Listing> {
  await sources.ready();
  const meant = sources.sources.filter((one) => isMeant(one, source) && isOpenToTools(one));
  const lists = await Promise.allSettled(meant.map((one) => one.namespaces(signal)));
  const found = meant.map((one, at) => ({ source: one, list: lists[at] }));
  return {
    all: found.flatMap(({ source, list }) =>
      list?.status === 'fulfilled' ? list.value.map((namespace) => ({ source, namespace })) : [],
    ),
    failed: found.flatMap(({ source, list }) => (list?.status === 'rejected' ? { source, error: list.reason } : [])),
  };
}

/** In an untrusted workspace, whose texts a model reads, tools have no access to accounts. */
const isOpenToTools = ({ kind }: KvSource): boolean => kind === 'local' || vscode.workspace.isTrusted;

const ASK = 'Tell the user, and do not try again before they have changed it.';

/** Throws `readOnly` if tools must not write at all. */
function checkMayWrite({ settings }: Services): void {
  if (!vscode.workspace.isTrusted) {
    throw new KvError('readOnly', `Tools write nothing in a workspace that is not trusted. ${ASK}`);
  }
  if (!settings.toolWrites) {
    throw new KvError(
      'readOnly',
      `Tools write nothing unless the user has turned on the setting cloudflareKv.tools.write. ${ASK}`,
    );
  }
}

/** The single namespace that is meant, for writing. May also throw `readOnly`. */
export async function oneToWrite(wanted: Wanted, services: Services, signal: AbortSignal): Promise<Listed> {
  checkMayWrite(services);
  const found = theOne(wanted, await listing(services, wanted.source, signal));
  const reason = services.sources.readOnlyReason({ source: found.source.id, id: found.namespace.id });
  if (reason !== undefined) throw new KvError('readOnly', `${reason} ${ASK}`);
  return found;
}
