import * as l10n from '@vscode/l10n';
import { cancelledError } from '../../core/base/cancel.ts';
import { errorText, isKvError, KvError, type KvErrorKind } from '../../core/base/errors.ts';
import { type Deed, keySentence, uncertainSentence, type WriteDeed } from '../sentences.ts';
import { isNoReply } from './http.ts';
import type { Answer } from './reply.ts';

/** The error for a call that was answered with something other than success. `port` is the server's. */
export function answerError(answer: Exclude<Answer, { kind: 'ok' }>, deed: Deed, key: string, port: number): KvError {
  const { kind, text } = explain(answer, port);
  const cause = new Error(answer.kind === 'error' ? `${answer.status} · ${answer.message}` : `${answer.status}`);
  return new KvError(kind, keySentence(deed, key, text), { cause });
}

function explain(answer: Exclude<Answer, { kind: 'ok' }>, port: number): { kind: KvErrorKind; text: string } {
  if (answer.kind === 'foreign') {
    const text = l10n.t('the dev server on port {0} offers no Local Explorer any more. Try again.', port);
    return { kind: 'busy', text };
  }
  switch (answer.status) {
    case 413:
      return { kind: 'tooLarge', text: l10n.t('its value or metadata is larger than KV takes.') };
    case 400:
    case 414:
      return {
        kind: 'invalidInput',
        text: l10n.t('the dev server on port {0} found something wrong with it. The log has the details.', port),
      };
    case 404:
      return {
        kind: 'namespaceNotFound',
        text: l10n.t(
          'the dev server on port {0} does not know this namespace. Add a binding for it and restart the server, or stop the server.',
          port,
        ),
      };
    default:
      return { kind: 'server', text: failed(port) };
  }
}

const failed = (port: number): string =>
  l10n.t('the dev server on port {0} failed. Its terminal says more. Try again.', port);

/** The error for a key that the answer to a bulk request lists as not done, without a reason. */
export const failedError = (deed: Deed, key: string, port: number): KvError =>
  new KvError('server', keySentence(deed, key, failed(port)));

/** The error for a call that was not answered. A write may have been done if its request was sent. */
export function silenceError(error: unknown, deed: Deed, key: string, port: number): KvError {
  if (isNoReply(error, 'cancelled')) return cancelledError();
  const cause = new Error(errorText(error));
  const isLate = isNoReply(error, 'timeout');
  if ((deed === 'put' || deed === 'delete') && isNoReply(error) && error.isSent) {
    const reason = isLate
      ? late(port)
      : l10n.t('the dev server on port {0} has gone without an answer. Look again.', port);
    return new KvError('busy', uncertainSentence(deed, key, reason), { cause, uncertain: true });
  }
  if (isLate) return new KvError('busy', keySentence(deed, key, notInTime(port)), { cause });
  return goneError(deed, key, port, cause);
}

const late = (port: number): string =>
  l10n.t(
    'the dev server on port {0} did not answer in time (is its Worker paused in a debugger?), and may do it later. Look again before you repeat it.',
    port,
  );

const notInTime = (port: number): string =>
  l10n.t('the dev server on port {0} did not answer in time (is its Worker paused in a debugger?). Try again.', port);

/** The error for a bulk request whose answer does not say what became of each key. */
export function unaccountedError(deed: WriteDeed, key: string, port: number): KvError {
  const reason = l10n.t('the dev server on port {0} does not say what became of it. Look again.', port);
  return new KvError('server', uncertainSentence(deed, key, reason), { uncertain: true });
}

export const goneError = (deed: Deed, key: string, port: number, cause?: Error): KvError =>
  new KvError(
    'busy',
    keySentence(deed, key, l10n.t('the dev server on port {0} has gone. Try again.', port)),
    cause && { cause },
  );

/** The error for keys that were not even sent, because an earlier call was not answered. */
export const stillSilentError = (deed: Deed, key: string, port: number): KvError =>
  new KvError('busy', keySentence(deed, key, l10n.t('the dev server on port {0} does not answer. Try again.', port)));

/** The error for keys that were not sent, because they could not be compared with what the write relies on. */
export function notComparedError(error: unknown, deed: WriteDeed, key: string): KvError {
  if (isKvError(error, 'cancelled')) return error;
  const kind = isKvError(error) ? error.kind : 'server';
  const reason = l10n.t('it could not be read just before, to see whether it is still the same. Try again.');
  return new KvError(kind, keySentence(deed, key, reason), { cause: error });
}
