import type { SyntaxNode } from '@lezer/common';
import type { Code } from '../../../core/code/syntax.ts';
import { isClosed } from '../constants.ts';
import type { Checked, Finding, Rule } from './finding.ts';
import { bulkReads, keyLists, keys } from './keys.ts';
import { listLimit, optionNames, optionObjects } from './options.ts';
import { listComplete } from './pages.ts';
import { cacheTtl, expirations } from './times.ts';
import { jsonTypes, values, valueTypes } from './values.ts';
import { floatingPut, noAwait } from './waiting.ts';

const RULES: readonly Rule[] = [
  expirations,
  cacheTtl,
  keys,
  keyLists,
  bulkReads,
  values,
  valueTypes,
  jsonTypes,
  optionNames,
  optionObjects,
  listLimit,
  floatingPut,
  noAwait,
  listComplete,
];

/** All mistakes in the calls of a file, in text order. Unfinished calls are skipped. */
export function check(checked: Checked): Finding[] {
  const { calls, code } = checked.analysis;
  return calls
    .filter((call) => !call.hasSpread && isFinished(code, call.node))
    .flatMap((call) => RULES.flatMap((rule) => rule(call, checked)))
    .sort((a, b) => a.from - b.from);
}

/** A string without a closing quote ends with its line, and the parser does not treat that as an error. */
function isFinished(code: Code, call: SyntaxNode): boolean {
  let isWhole = true;
  call.cursor().iterate((cursor) => {
    const { name, type } = cursor;
    if (type.isError || ((name === 'String' || name === 'TemplateString') && !isClosed(code, cursor.node)))
      isWhole = false;
    return isWhole;
  });
  return isWhole;
}
