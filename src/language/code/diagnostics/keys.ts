import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { members } from '../../../core/code/syntax.ts';
import type { KvCall } from '../calls.ts';
import { optionOf } from '../objects.ts';
import { type Checked, type Finding, type Rule, writtenAt } from './finding.ts';

const MOST_BYTES = 512;
const MOST_KEYS = 100;

/** Checks every key and prefix that is fixed, or whose fixed parts are already too long. */
export const keys: Rule = (call, { analysis }) =>
  (analysis.keysOf.get(call) ?? []).flatMap(({ node, kind }): Finding[] => {
    const text = analysis.constants.text(node);
    if (!text) return [];
    const found = (message: string): Finding[] => [
      {
        code: 'key',
        from: node.from,
        to: node.to,
        message,
        fixes: [],
        written: writtenAt(analysis.constants, node),
      },
    ];
    if (text.leastBytes > MOST_BYTES) {
      const message = text.isWhole
        ? l10n.t('A key has at most 512 bytes: this one has {0}.', text.leastBytes)
        : l10n.t('A key has at most 512 bytes: the fixed parts of this one have {0}.', text.leastBytes);
      return found(message);
    }
    if (kind === 'prefix' || !text.isWhole) return [];
    if (text.start === '') return found(l10n.t('A key cannot be empty.'));
    if (text.start === '.' || text.start === '..') {
      return found(l10n.t('“{0}” cannot be a key.', text.start));
    }
    return [];
  });

/** `put` and `delete` convert a list to a single key. */
export const keyLists: Rule = (call, { isTyped }) => {
  const list = call.args[0];
  if (isTyped) return [];
  if ((call.method !== 'put' && call.method !== 'delete') || list?.name !== 'ArrayExpression') return [];
  const message =
    call.method === 'delete'
      ? l10n.t('KV deletes one key at a time: this deletes the one key that the list reads as, joined by commas.')
      : l10n.t('KV writes one key at a time: this writes the one key that the list reads as, joined by commas.');
  return [{ code: 'key-list', from: list.from, to: list.to, message, fixes: [] }];
};

/** Reads of many keys: their number, and the type they are read as. */
export const bulkReads: Rule = (call, checked) => {
  const list = call.args[0];
  if (!isRead(call) || list?.name !== 'ArrayExpression') return [];
  return [...count(list), ...(checked.isTyped ? [] : type(call, checked))];
};

export const isRead = ({ method }: KvCall): boolean => method === 'get' || method === 'getWithMetadata';

function count(list: SyntaxNode): Finding[] {
  const items = members(list);
  if (items.some(({ name }) => name === 'Spread')) return [];
  const at = { code: 'bulk-count', from: list.from, to: list.to, fixes: [] } as const;
  if (items.length === 0) return [{ ...at, message: l10n.t('KV refuses to read a list without keys.') }];
  if (items.length <= MOST_KEYS) return [];
  return [{ ...at, message: l10n.t('KV reads at most 100 keys at once: these are {0}.', items.length) }];
}

function type(call: KvCall, { analysis: { code, constants } }: Checked): Finding[] {
  const node = typeOf(call, (options) => optionOf(code, options, 'type'));
  const text = node && constants.text(node);
  if (!node || !text?.isWhole || (text.start !== 'arrayBuffer' && text.start !== 'stream')) return [];
  const message = l10n.t('KV reads many keys as “text” or “json” only, not as “{0}”.', text.start);
  return [{ code: 'bulk-type', from: node.from, to: node.to, message, fixes: [] }];
}

/** The type that a read asks for: the second argument, or `type` in it. */
export function typeOf(call: KvCall, option: (options: SyntaxNode) => SyntaxNode | undefined): SyntaxNode | undefined {
  const second = call.args[1];
  return second?.name === 'ObjectExpression' ? option(second) : second;
}
