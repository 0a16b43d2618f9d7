import type { Analysis } from './analysis.ts';
import type { KeyUse } from './calls.ts';
import { textAt } from './literal.ts';

/**
 * The key or prefix whose text is written at a place, be it in a call or in the `const` that a call names; its range is
 * that part of it. What else stands in the expression of a key has to do with other things.
 */
export function keyAt(analysis: Analysis, offset: number): KeyUse | undefined {
  for (const use of analysis.keys) {
    const part = textAt(analysis, use.node, offset);
    if (part) return { ...use, from: part.from, to: part.to };
  }
  return inConstant(analysis, offset);
}

/** Several calls may name a `const`: then it is a key of all their bindings. */
function inConstant(analysis: Analysis, offset: number): KeyUse | undefined {
  const uses = analysis.keys.flatMap((use) => {
    const node = analysis.constants.origin(use.node);
    const part = textAt(analysis, node, offset);
    return part ? { ...use, node, from: part.from, to: part.to } : [];
  });
  const [first] = uses;
  if (!first) return undefined;
  const isNamed = uses.every(({ call }) => call.bindings.length > 0);
  const bindings = isNamed ? [...new Set(uses.flatMap(({ call }) => call.bindings))] : [];
  const kind = uses.every((use) => use.kind === 'prefix') ? 'prefix' : 'key';
  return { ...first, kind, call: { ...first.call, bindings } };
}
