import { shortText } from '../../core/store/names.ts';
import { inputNewKey } from '../../ui/inputKey.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { type Asker, about } from '../invocation/command.ts';
import { fields, flagField, keyField, namespaceField, optional } from '../invocation/fields.ts';
import { aKey, storeOf } from '../invocation/targets.ts';

/** A key, and the name of a new key to create from it. */
export interface NewKey extends KeyTarget {
  readonly newKey: string;
}

export const newKeyArgs = fields({
  namespace: namespaceField,
  key: keyField,
  newKey: keyField,
  confirm: optional(flagField),
});

/** Asks for each if it is not given. */
export const askNewKey = (question: string, title: (key: string, where: string) => string): Asker<NewKey> =>
  about(aKey({ question, writes: true }), async ({ namespace, key, where }, services) => {
    const newKey = await inputNewKey({
      title: title(shortText(key), where),
      value: key,
      store: await storeOf(services, namespace),
    });
    return newKey === undefined || newKey === key ? undefined : { namespace, key, newKey };
  });
