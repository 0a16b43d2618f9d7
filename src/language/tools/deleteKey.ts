import * as vscode from 'vscode';
import { fullName, keyCount } from '../../core/store/names.ts';
import { key, name, optionalText, readInput } from './input.ts';
import { oneToWrite } from './listing.ts';
import type { Tool } from './tool.ts';
import { write } from './write.ts';

export const deleteKey: Tool = {
  doing: () => vscode.l10n.t('Asking to delete a key of Cloudflare KV'),

  async invoke(input, services, signal) {
    const { key: given, ...wanted } = readInput(input, { namespace: name, source: optionalText, key });
    const found = await oneToWrite(wanted, services, signal);
    const namespace = { source: found.source.id, id: found.namespace.id };
    const before = await (await services.sources.store(namespace)).get(given, signal);
    const label = vscode.l10n.t('Deleted {0} from {1}', keyCount(1), fullName(found));
    return await write(
      found,
      {
        key: given,
        before,
        done: 'deleted',
        nothingToDo: 'There is no such key.',
        operation: { kind: 'delete', namespace, label },
        entryNow: () => undefined,
      },
      services,
      signal,
    );
  },
};
