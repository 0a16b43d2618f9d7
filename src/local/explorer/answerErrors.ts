import * as l10n from '@vscode/l10n';
import { cancelledError } from '../../core/base/cancel.ts';
import { errorText, KvError, type KvErrorKind } from '../../core/base/errors.ts';
import { isNoReply } from './http.ts';
import type { Deed } from './refusal.ts';
import { keySentence } from './refusal.ts';
import type { Answer } from './reply.ts';

/** The error of a call that was answered, but not with success. `port` is the server's. */
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
      return {
        kind: 'server',
        text: l10n.t('the dev server on port {0} failed. Its terminal says more. Try again.', port),
      };
  }
}

/** The error of a call that was not answered. A write may have been done all the same. */
export function silenceError(error: unknown, deed: Deed, key: string, port: number): KvError {
  if (isNoReply(error, 'cancelled')) return cancelledError();
  const cause = new Error(errorText(error));
  if (isNoReply(error, 'timeout')) {
    const text = l10n.t(
      'the dev server on port {0} did not answer in time (is its Worker paused in a debugger?), and may do it later. Look again before you repeat it.',
      port,
    );
    return new KvError('busy', keySentence(deed, key, text), { cause });
  }
  return goneError(deed, key, port, cause);
}

export const goneError = (deed: Deed, key: string, port: number, cause?: Error): KvError =>
  new KvError(
    'busy',
    keySentence(deed, key, l10n.t('the dev server on port {0} has gone. Try again.', port)),
    cause && { cause },
  );

/** For what was not even sent after a call that was not answered. */
export const stillSilentError = (deed: Deed, key: string, port: number): KvError =>
  new KvError('busy', keySentence(deed, key, l10n.t('the dev server on port {0} does not answer. Try again.', port)));
