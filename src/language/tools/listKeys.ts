import * as vscode from 'vscode';
import { shortText } from '../../core/store/names.ts';
import { escapeMarkdown } from '../../core/text/escapeMarkdown.ts';
import { NamespaceReads, readOrUndefined } from './confirmRead.ts';
import { placeOf } from './findNamespace.ts';
import { name, optionalText, readInput } from './input.ts';
import { keysResult } from './keysResult.ts';
import type { Tool } from './tool.ts';

const readParameters = (input: unknown) =>
  readInput(input, { namespace: name, source: optionalText, prefix: optionalText, cursor: optionalText });

const reads = new NamespaceReads();

export const listKeys: Tool = {
  doing: () => vscode.l10n.t('Listing keys of Cloudflare KV'),

  async confirmation(input, services) {
    const parameters = readOrUndefined(() => readParameters(input));
    if (!parameters) return undefined;
    const { prefix } = parameters;
    return await reads.confirm(parameters, services, {
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
    const found = await reads.namespace(wanted, services, signal);
    const namespace = { source: found.source.id, id: found.namespace.id };
    const store = await services.sources.store(namespace);
    return await keysResult(store, { namespace, prefix, cursor, place: placeOf(found) }, signal);
  },
};
