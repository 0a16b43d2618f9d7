import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';
import { checkKey } from '../core/entry/limits.ts';

const ID = /^[0-9a-f]{32}$/;

/** Throws `namespaceNotFound` for ids that Cloudflare never assigns, so that nothing else becomes part of a path. */
export function checkIds(...ids: readonly string[]): void {
  if (ids.every((id) => ID.test(id))) return;
  throw new KvError(
    'namespaceNotFound',
    l10n.t('There is no such namespace: its id must have 32 characters, 0 to 9 and a to f.'),
  );
}

/**
 * The path of a value. Invalid keys are refused here again: the URL parser would resolve `.` and `..` to the path of
 * the namespace itself.
 */
export function valuePath(account: string, namespace: string, key: string): string {
  checkIds(account, namespace);
  checkKey(key);
  return `/accounts/${account}/storage/kv/namespaces/${namespace}/values/${encodeURIComponent(key)}`;
}
