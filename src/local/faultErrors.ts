import * as l10n from '@vscode/l10n';
import { errorText, isKvError, KvError, type KvErrorKind } from '../core/base/errors.ts';
import { keySentence, uncertainSentence, type WriteDeed } from './sentences.ts';
import { FaultError } from './sqlite/fault.ts';
import type { Fault, FaultReason } from './sqlite/protocol.ts';

const kinds: Record<FaultReason, KvErrorKind> = {
  noSqlite: 'unsupported',
  devServer: 'busy',
  locked: 'busy',
  denied: 'forbidden',
  full: 'server',
  damaged: 'server',
  foreign: 'unsupported',
  unknownBlobs: 'unsupported',
  brokenId: 'unsupported',
  unknownId: 'unsupported',
  badRow: 'unsupported',
  notAFile: 'unsupported',
  oversized: 'tooLarge',
  changing: 'busy',
  moved: 'conflict',
  looping: 'server',
  outside: 'forbidden',
  stopped: 'server',
  stuck: 'server',
  other: 'server',
};

/** The value of such a key can never be read. The user can only write the key anew, or delete it. */
const LASTING: ReadonlySet<FaultReason> = new Set(['badRow', 'notAFile', 'oversized']);

export const isLasting = ({ reason }: Fault): boolean => LASTING.has(reason);

/** What happened and what to do, as the second half of a sentence. */
function explain({ reason, path, code }: Fault): string {
  switch (reason) {
    case 'noSqlite':
      return l10n.t(
        'this VS Code has no SQLite for extensions. Update VS Code: Node.js 22.13 or newer must be inside.',
      );
    case 'devServer':
      return l10n.t(
        "a dev server (or another wrangler command) is using this project's local KV. Stop it and try again.",
      );
    case 'locked':
      return l10n.t('another program is using {0} at this moment. Try again.', path);
    case 'denied':
      return l10n.t('there is no permission to use {0}. Give your user access to it and to its folder.', path);
    case 'full':
      return l10n.t('there is no space left for {0}. Make room on the disk and try again.', path);
    case 'damaged':
      return l10n.t('{0} is damaged, or not a database. Restore it from a copy, or remove it to start afresh.', path);
    case 'foreign':
      return l10n.t('{0} is not a database of local KV. Move it elsewhere to use this namespace.', path);
    case 'unknownBlobs':
      return l10n.t(
        'the folder that holds the values of {0} cannot be told. Add its namespace to a wrangler config.',
        path,
      );
    case 'brokenId':
      return l10n.t('wrangler keeps no values for a namespace whose id begins with a dot. Give it another id.');
    case 'unknownId':
      return l10n.t(
        'its database is gone, and only a hash of the namespace’s id was known. Add the namespace to a wrangler config.',
      );
    case 'badRow':
      return l10n.t('its row in {0} names no file of a value. Write the key anew, or delete it.', path);
    case 'notAFile':
      return l10n.t('{0} is not an ordinary file. Write the key anew, or delete it.', path);
    case 'oversized':
      return l10n.t('{0} is larger than a value can be. Write the key anew, or delete it.', path);
    case 'changing':
      return l10n.t('it is being written at this moment. Try again.');
    case 'moved':
      return l10n.t('it was changed meanwhile. Look at it as it is now, and do it again if it is still right.');
    case 'looping':
      return l10n.t('{0} is, or lies below, a link that leads in a circle. Remove the link.', path);
    case 'outside':
      return l10n.t('{0} leads out of this workspace, which is not trusted. Trust the workspace to use it.', path);
    case 'stuck':
      return l10n.t('the disk did not answer in time. Look whether its drive is still connected, and try again.');
    case 'stopped':
      return l10n.t('the reader of local KV stopped unexpectedly. Try again.');
    case 'other':
      return code === undefined
        ? l10n.t('{0} cannot be used. The log has the details.', path)
        : l10n.t('{0} cannot be used ({1}). The log has the details.', path, code);
  }
}

const toFault = (error: unknown): Fault =>
  error instanceof FaultError ? error.fault : { reason: 'other', path: '', detail: errorText(error) };

/** `uncertain` makes the sentence for a write that may have been done all the same. */
function failure(
  error: unknown,
  sentence: (reason: string) => string,
  uncertain?: (reason: string) => string,
): KvError {
  const fault = toFault(error);
  const detail = [fault.code, fault.detail, fault.path].filter((part) => part).join(' · ');
  const cause = new Error(detail, { cause: error });
  if (fault.isUncertain && uncertain !== undefined) {
    return new KvError(kinds[fault.reason], uncertain(explain(fault)), { cause, uncertain: true });
  }
  return new KvError(kinds[fault.reason], sentence(explain(fault)), { cause });
}

/** Whether an error made here means that the editor has no SQLite. */
export function isWithoutSqlite(error: unknown): boolean {
  const origin = isKvError(error, 'unsupported') && error.cause instanceof Error ? error.cause.cause : undefined;
  return origin instanceof FaultError && origin.fault.reason === 'noSqlite';
}

export const notListed = (error: unknown): KvError => failure(error, (reason) => keySentence('list', '', reason));
export const notRead = (error: unknown, key: string): KvError =>
  failure(error, (reason) => keySentence('get', key, reason));
/** The error when something is wrong with the database, and so with every requested key. */
export const notReadMany = (error: unknown): KvError =>
  failure(error, (reason) => l10n.t('The keys could not be read: {0}', reason));
export const notWritten = (error: unknown, key: string): KvError => notDone(error, 'put', key);
export const notDeleted = (error: unknown, key: string): KvError => notDone(error, 'delete', key);
export const notRemoved = (error: unknown): KvError =>
  failure(error, (reason) => l10n.t('The namespace was not deleted: {0}', reason));

/** The error for a key that was left alone, because it no longer matches what the write relies on. */
export const movedError = (deed: WriteDeed, key: string): KvError =>
  notDone(new FaultError({ reason: 'moved', path: '', detail: 'not as expected' }), deed, key);

/** The error for a key that was found changed after one of our attempts whose answer was lost. */
export const movedInDoubt = (deed: WriteDeed, key: string, cause: Error): KvError =>
  new KvError(
    'conflict',
    uncertainSentence(deed, key, l10n.t('no answer came, and then it was something else. Look at it as it is now.')),
    { cause, uncertain: true },
  );

const notDone = (error: unknown, deed: WriteDeed, key: string): KvError =>
  failure(
    error,
    (reason) => keySentence(deed, key, reason),
    (reason) => uncertainSentence(deed, key, reason),
  );
