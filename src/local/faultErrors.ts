import * as l10n from '@vscode/l10n';
import type { KvErrorKind } from '../core/base/errors.ts';
import { errorText, isKvError, KvError } from '../core/base/errors.ts';
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
  stopped: 'server',
  other: 'server',
};

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
      return l10n.t(
        'there is no permission to use {0}. Local KV needs to be able to write in its folder, even for reading.',
        path,
      );
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

function failure(error: unknown, sentence: (reason: string) => string): KvError {
  const fault = toFault(error);
  const detail = [fault.code, fault.detail, fault.path].filter((part) => part).join(' · ');
  const cause = new Error(detail, { cause: error });
  return new KvError(kinds[fault.reason], sentence(explain(fault)), { cause });
}

/** Whether an error made here says that the editor has no SQLite. */
export function isWithoutSqlite(error: unknown): boolean {
  const origin = isKvError(error, 'unsupported') && error.cause instanceof Error ? error.cause.cause : undefined;
  return origin instanceof FaultError && origin.fault.reason === 'noSqlite';
}

export const notListed = (error: unknown): KvError =>
  failure(error, (reason) => l10n.t('The keys could not be listed: {0}', reason));
export const notRead = (error: unknown, key: string): KvError =>
  failure(error, (reason) => l10n.t('“{0}” could not be read: {1}', key, reason));
export const notWritten = (error: unknown, key: string): KvError =>
  failure(error, (reason) => l10n.t('“{0}” was not written: {1}', key, reason));
export const notDeleted = (error: unknown, key: string): KvError =>
  failure(error, (reason) => l10n.t('“{0}” was not deleted: {1}', key, reason));
export const notRemoved = (error: unknown): KvError =>
  failure(error, (reason) => l10n.t('The namespace was not deleted: {0}', reason));
