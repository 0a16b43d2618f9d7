import * as vscode from 'vscode';
import { errorText, isKvError, KvError } from '../../core/base/errors.ts';
import type { KvNamespace, KvSource } from '../../core/store/store.ts';
import { escapeMarkdown } from '../../core/text/escapeMarkdown.ts';
import type { Services } from '../../services.ts';
import { ConfirmedReads } from './confirmedReads.ts';
import { readOrUndefined } from './confirmRead.ts';
import { described, isMeant, type Listing } from './findNamespace.ts';
import { optionalText, readInput } from './input.ts';
import { listing } from './listing.ts';
import { fitting, jsonResult, MAX_RESULT_BYTES } from './result.ts';
import type { Tool } from './tool.ts';

const readParameters = (input: unknown) => readInput(input, { source: optionalText, cursor: optionalText });

/** Bytes reserved for the text around the namespaces. */
const ROOM_BYTES = 1500;

const confirmed = new ConfirmedReads();

export const listNamespaces: Tool = {
  doing: () => vscode.l10n.t('Listing namespaces of Cloudflare KV'),

  async confirmation(input, { sources }) {
    const parameters = readOrUndefined(() => readParameters(input));
    if (!parameters || !vscode.workspace.isTrusted) return undefined;
    await sources.ready();
    const accounts = sources.sources.filter((source) => source.kind === 'remote' && isMeant(source, parameters.source));
    confirmed.ask(
      [parameters.source],
      accounts.map(({ id }) => id),
    );
    if (accounts.length === 0) return undefined;
    const names = accounts.map(({ label }) => escapeMarkdown(label)).join(', ');
    return {
      title: vscode.l10n.t('List the namespaces of an account for the language model?'),
      message: new vscode.MarkdownString(
        vscode.l10n.t('The names and ids of the KV namespaces of {0} go to the provider of the model.', names),
      ),
    };
  },

  async invoke(input, services, signal) {
    const { source, cursor } = readParameters(input);
    const { all, failed } = onlyConfirmed(await listing(services, source, signal), source);
    const start = startOf(cursor);
    const items = all.slice(start).map((one) => JSON.stringify(describe(one.source, one.namespace, services)));
    const shown = fitting(items, MAX_RESULT_BYTES - ROOM_BYTES);
    const next = start + shown.length;
    const unlisted = failed.map(({ source: { id, kind }, error }) =>
      JSON.stringify({ side: kind, source: id, error: errorOf(error) }),
    );
    return jsonResult(
      { ...(next < all.length && { cursor: String(next) }), complete: next >= all.length, ...notTrusted() },
      {
        namespaces: `[${shown.join()}]`,
        ...(unlisted.length > 0 && { not_listed: `[${fitting(unlisted, ROOM_BYTES - 200).join()}]` }),
      },
    );
  },
};

/** Leaves out accounts that appeared after the question. */
function onlyConfirmed({ all, failed }: Listing, named: string | undefined): Listing {
  const isConfirmed = ({ source: { id, kind } }: { readonly source: KvSource }): boolean =>
    kind === 'local' || confirmed.includes([named], id);
  const others = new Set(all.filter((one) => !isConfirmed(one)).map(({ source }) => source));
  const unasked = [...others].map((source) => ({ source, error: new KvError('invalidInput', NOT_ASKED) }));
  return { all: all.filter(isConfirmed), failed: [...failed, ...unasked] };
}

const NOT_ASKED = 'The user was not asked about this account. Call again, and they are.';

const notTrusted = () =>
  vscode.workspace.isTrusted
    ? {}
    : { note: 'Accounts are left out, because the user has not trusted this workspace. Nothing can be written.' };

function startOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,6}$/.test(cursor)) return Number(cursor);
  throw new KvError('invalidInput', 'The parameter "cursor" must be the "cursor" of the result before.');
}

function describe(source: KvSource, namespace: KvNamespace, { sources }: Services) {
  const isReadOnly = sources.readOnlyReason({ source: source.id, id: namespace.id }) !== undefined;
  return {
    ...described({ source, namespace }),
    ...(isReadOnly && { read_only: true }),
  };
}

const errorOf = (error: unknown): string => (isKvError(error) ? error.message : errorText(error)).slice(0, 300);
