import * as vscode from 'vscode';
import type { KvKeyInfo } from '../../core/entry/entry.ts';
import { compareUtf8 } from '../../core/keys/utf8Order.ts';
import { shortText } from '../../core/store/names.ts';
import type { KvReader } from '../../core/store/store.ts';
import { escapeMarkdown } from '../../core/text/escapeMarkdown.ts';
import { confirmRead, readOrUndefined } from './confirmRead.ts';
import { placeOf } from './findNamespace.ts';
import { name, optionalText, readInput } from './input.ts';
import { type Place, readCursor, writeCursor } from './keyCursor.ts';
import { oneNamespace } from './listing.ts';
import { aboutKey, fitting, jsonResult, MAX_RESULT_BYTES } from './result.ts';
import type { Tool } from './tool.ts';

const readParameters = (input: unknown) =>
  readInput(input, { namespace: name, source: optionalText, prefix: optionalText, cursor: optionalText });

const PAGE = 100;
/** Pages without keys, of what was deleted or has expired, that are passed over at once. */
const MOST_PAGES = 20;
/** Room for the place, the prefix and the cursor. */
const ROOM_BYTES = 3500;

export const listKeys: Tool = {
  doing: () => vscode.l10n.t('Listing keys of Cloudflare KV'),

  async confirmation(input, services) {
    const parameters = readOrUndefined(() => readParameters(input));
    if (!parameters) return undefined;
    const { prefix } = parameters;
    return await confirmRead(parameters, services, {
      title: vscode.l10n.t('List keys of an account for the language model?'),
      text: (where) =>
        prefix === undefined
          ? vscode.l10n.t('Names and metadata of the keys of {0} go to the provider of the model.', where)
          : vscode.l10n.t(
              'Names and metadata of the keys of {0} that begin with “{1}” go to the provider of the model.',
              where,
              escapeMarkdown(shortText(prefix)),
            ),
    });
  },

  async invoke(input, services, signal) {
    const { prefix = '', cursor, ...wanted } = readParameters(input);
    const found = await oneNamespace(wanted, services, signal);
    const namespace = { source: found.source.id, id: found.namespace.id };
    const { keys, from, next } = await readPage(
      await services.sources.store(namespace),
      { prefix, place: readCursor(cursor, namespace, prefix) },
      signal,
    );
    const items = keys.map((key) => jsonResult({ key: key.name }, aboutKey(key)));
    const shown = fitting(items, MAX_RESULT_BYTES - ROOM_BYTES);
    const isCut = shown.length < items.length;
    const goOn = isCut ? { page: from, after: keys[shown.length - 1]?.name } : next && { page: next };
    return jsonResult(
      {
        ...placeOf(found),
        ...(prefix !== '' && { prefix }),
        ...(goOn && { cursor: writeCursor(goOn, namespace, prefix) }),
        complete: goOn === undefined,
      },
      { keys: `[${shown.join()}]` },
    );
  },
};

interface Page {
  readonly keys: readonly KvKeyInfo[];
  /** The store's cursor that gave them. */
  readonly from: string | undefined;
  readonly next: string | undefined;
}

/** The next keys; those of a page that were shown already are left out. */
async function readPage(
  store: KvReader,
  { prefix, place }: { readonly prefix: string; readonly place: Place },
  signal: AbortSignal,
): Promise<Page> {
  const { after } = place;
  let from = place.page;
  for (let pages = 1; ; pages++) {
    const { keys, cursor } = await store.list(
      { ...(prefix !== '' && { prefix }), ...(from !== undefined && { cursor: from }), limit: PAGE },
      signal,
    );
    const rest = after === undefined ? keys : keys.filter(({ name }) => compareUtf8(name, after) > 0);
    if (rest.length > 0 || cursor === undefined || pages === MOST_PAGES) return { keys: rest, from, next: cursor };
    from = cursor;
  }
}
