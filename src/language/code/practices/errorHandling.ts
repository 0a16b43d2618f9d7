import { isFunction, isSameNode, members } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall } from '../calls.ts';
import { lastName } from './flow.ts';
import { handlerName } from './handlers.ts';
import { EACH } from './singleReads.ts';
import type { Verdict } from './verdict.ts';

/** Those that the platform calls again when they have thrown. */
const CALLED_AGAIN = /^(?:queue|alarm)$/;

/** Whether something catches what a write throws, or tries it again: something here, or perhaps a caller. */
export function errorHandling({ code }: Analysis, { node: call, head }: KvCall): Verdict {
  let isAwaited = head === 'await';
  for (let node = call, around = call.parent; around; node = around, around = around.parent) {
    if (around.name === 'TryStatement' && around.getChild('CatchClause')) {
      const block = around.getChild('Block');
      // What nobody waits for there throws elsewhere.
      if (block && isSameNode(block, node)) return isAwaited ? 'good' : 'unknown';
    }
    if (around.name === 'AwaitExpression') isAwaited = true;
    const method = lastName(code, around);
    const args = around.parent?.getChild('ArgList');
    if (method === 'catch' || (method === 'then' && args && members(args).length > 1)) return 'good';
    if (around.name === 'ArgList') {
      const called = around.parent?.firstChild ? lastName(code, around.parent.firstChild) : '';
      // What waits in the background fails no request.
      if (called === 'waitUntil') return 'good';
      if (isFunction(node) && !EACH.test(called)) return 'unknown';
    }
    if (!isFunction(around) || around.parent?.name === 'ArgList') continue;
    const called = handlerName(code, around);
    if (called === undefined) return 'unknown';
    return CALLED_AGAIN.test(called) ? 'good' : 'bad';
  }
  return 'unknown';
}
