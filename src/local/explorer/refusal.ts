import * as l10n from '@vscode/l10n';
import { KvError } from '../../core/base/errors.ts';
import { placeOption } from '../../core/store/devServerText.ts';
import { notDeleted, notListed, notRead, notWritten } from '../faultErrors.ts';
import { type Deed, keySentence } from '../sentences.ts';
import type { Found } from './devServers.ts';

/** Why no dev server can be used for a namespace. */
export type Refusal =
  | { readonly reason: 'unknownPort'; readonly unusable: Found['unusable'] }
  /** A server of the project keeps its data in another folder, which is given if the system tells. */
  | { readonly reason: 'elsewhere'; readonly port?: number; readonly folder?: string; readonly isVite?: boolean }
  /** A server that was started for the project in this folder also runs this project's Worker. */
  | { readonly reason: 'servedWith'; readonly port: number; readonly folder: string }
  /** Another system uses the files through a file system that does not share locks. */
  | { readonly reason: 'noSharedLocks'; readonly folder: string; readonly fileSystem: string; readonly trace: string }
  /** The server was started without a binding for the namespace, so a write would create it. */
  | { readonly reason: 'unknownNamespace'; readonly port: number }
  /** The server failed at the first, harmless write. */
  | { readonly reason: 'failing'; readonly port: number }
  /** Only the namespace's file is known, or its id cannot be part of a URL. */
  | { readonly reason: 'unknownId' }
  /** Our own reading failed. Carries what the worker thread threw. */
  | { readonly reason: 'fault'; readonly fault: unknown };

const faultErrors = { put: notWritten, delete: notDeleted, get: notRead, list: notListed };

/** The error for a key that cannot be handled through a dev server. */
export function refused(deed: Deed, key: string, refusal: Refusal): KvError {
  if (refusal.reason === 'fault') return faultErrors[deed](refusal.fault, key);
  const { kind, text } = explain(refusal);
  const stateFolder = refusal.reason === 'elsewhere' ? refusal.folder : undefined;
  return new KvError(kind, keySentence(deed, key, text), { stateFolder });
}

function explain(refusal: Exclude<Refusal, { reason: 'fault' }>): { kind: 'busy' | 'unsupported'; text: string } {
  switch (refusal.reason) {
    case 'unknownPort':
      return { kind: 'busy', text: `${unknownPort()}${hint(refusal.unusable)}` };
    case 'elsewhere':
      return { kind: 'busy', text: elsewhere(refusal) };
    case 'servedWith':
      return {
        kind: 'busy',
        text: l10n.t(
          'the dev server on port {0} runs this Worker with the data of another project, {1}. Write the namespace there, or start a server of its own for this one.',
          refusal.port,
          refusal.folder,
        ),
      };
    case 'noSharedLocks':
      return {
        kind: 'busy',
        text: l10n.t(
          'a dev server may be using {0}, perhaps in a container or on the other side of a virtual machine: the file system there ({1}) does not tell, and no port of it answers. Add its port to the setting cloudflareKv.local.devServerPorts; or, if none runs, delete {2} and try again.',
          refusal.folder,
          refusal.fileSystem,
          refusal.trace,
        ),
      };
    case 'unknownNamespace':
      return {
        kind: 'unsupported',
        text: l10n.t(
          'the dev server on port {0} does not know this namespace. Add a binding for it and restart the server, or stop the server.',
          refusal.port,
        ),
      };
    case 'failing':
      return {
        kind: 'busy',
        text: l10n.t('the dev server on port {0} takes no writes. Its terminal says more.', refusal.port),
      };
    case 'unknownId':
      return {
        kind: 'unsupported',
        text: l10n.t(
          'a dev server is using this project’s local KV and needs the id of the namespace, which is unknown. Stop the server, or add the namespace to a wrangler config.',
        ),
      };
  }
}

function elsewhere({ port, folder, isVite }: Extract<Refusal, { reason: 'elsewhere' }>): string {
  const option = placeOption(isVite);
  if (folder === undefined) {
    return port === undefined
      ? l10n.t(
          'the dev server of this project keeps its data in another folder. Add that folder to the setting cloudflareKv.local.stateFolders, or start the server without {0}.',
          option,
        )
      : l10n.t(
          'the dev server on port {0} keeps its data in another folder. Add that folder to the setting cloudflareKv.local.stateFolders, or start the server without {1}.',
          port,
          option,
        );
  }
  return port === undefined
    ? l10n.t(
        'the dev server of this project keeps its data in {0}. Write it there (the setting cloudflareKv.local.stateFolders shows that folder), or start the server without {1}.',
        folder,
        option,
      )
    : l10n.t(
        'the dev server on port {0} keeps its data in {1}. Write it there (the setting cloudflareKv.local.stateFolders shows that folder), or start the server without {2}.',
        port,
        folder,
        option,
      );
}

const unknownPort = (): string =>
  l10n.t(
    "a dev server (or another wrangler command) is using this project's local KV, but its port is unknown. Add it to the setting cloudflareKv.local.devServerPorts, or stop the server.",
  );

/** A port that was tried and answered in some other way may belong to the server in question. */
function hint(unusable: Found['unusable']): string {
  const [first] = unusable;
  if (first === undefined) return '';
  switch (first.kind) {
    case 'plain':
      return ` ${l10n.t('(Port {0} answers without the Local Explorer that is needed for this: was X_LOCAL_EXPLORER=false set, or is wrangler older than 4.86?)', first.port)}`;
    case 'refused':
      return ` ${l10n.t('(Port {0} refuses requests from this machine.)', first.port)}`;
    case 'silent':
      return ` ${l10n.t('(Port {0} does not answer: is its Worker paused in a debugger?)', first.port)}`;
  }
}
