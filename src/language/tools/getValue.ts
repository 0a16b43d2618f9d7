import * as vscode from 'vscode';
import { shortText } from '../../core/store/names.ts';
import { escapeMarkdown } from '../../core/text/escapeMarkdown.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { NamespaceReads, readOrUndefined } from './confirmRead.ts';
import { placeOf } from './findNamespace.ts';
import { key, name, optionalText, readInput } from './input.ts';
import { jsonResult } from './result.ts';
import type { Tool } from './tool.ts';
import { valueResult } from './valueResult.ts';

const readParameters = (input: unknown) => readInput(input, { namespace: name, source: optionalText, key });

const reads = new NamespaceReads();

export const getValue: Tool = {
  doing: () => vscode.l10n.t('Reading a value of Cloudflare KV'),

  async confirmation(input, services) {
    const parameters = readOrUndefined(() => readParameters(input));
    if (!parameters) return undefined;
    return await reads.confirm(parameters, services, {
      title: vscode.l10n.t('Read a value of an account for the language model?'),
      text: (where) =>
        vscode.l10n.t(
          'The value and the metadata of “{0}” in {1} go to the provider of the model.',
          escapeMarkdown(shortText(parameters.key)),
          where,
        ),
    });
  },

  async invoke(input, services, signal) {
    const { key, ...wanted } = readParameters(input);
    const found = await reads.namespace(wanted, services, signal);
    const namespace = { source: found.source.id, id: found.namespace.id };
    const entry = await (await services.sources.store(namespace)).get(key, signal);
    const place = { ...placeOf(found), key };
    if (!entry) return jsonResult({ ...place, found: false });
    return valueResult(entry, { ...place, found: true, uri: valueUri(namespace, key).toString() });
  },
};
