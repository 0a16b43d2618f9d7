import { createHash } from 'node:crypto';
import { KvError } from '../../core/base/errors.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';

/** Where a listing continues: in the page that the store's cursor gives (the first page if absent), after a key. */
export interface Place {
  readonly page?: string | undefined;
  readonly after?: string | undefined;
}

/** Identifies the namespace and prefix of a cursor; using it for another listing would silently leave out keys. */
const markOf = ({ source, id }: NamespaceRef, prefix: string): string =>
  createHash('sha256')
    .update(JSON.stringify([source, id, prefix]))
    .digest('hex')
    .slice(0, 8);

const encode = (text: string | undefined): string =>
  text === undefined ? '' : `.${Buffer.from(text, 'utf8').toString('base64url')}`;
const decode = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : Buffer.from(text.slice(1), 'base64url').toString('utf8');

export const writeCursor = ({ page, after }: Place, namespace: NamespaceRef, prefix: string): string =>
  `${markOf(namespace, prefix)}~${encode(page)}~${encode(after)}`;

/** Throws `invalidInput` for a cursor of another listing. */
export function readCursor(cursor: string | undefined, namespace: NamespaceRef, prefix: string): Place {
  if (cursor === undefined) return {};
  const [mark, page, after, more] = cursor.split('~');
  if (mark === markOf(namespace, prefix) && page !== undefined && after !== undefined && more === undefined) {
    return { page: decode(page), after: decode(after) };
  }
  throw new KvError(
    'invalidInput',
    'The parameter "cursor" must be the "cursor" of a result for the same namespace, source and prefix. Leave it out to begin anew.',
  );
}
