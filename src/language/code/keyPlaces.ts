import type { Analysis } from './analysis.ts';
import type { KeyUse, Range } from './calls.ts';

const holds = ({ from, to }: Range, offset: number): boolean => from <= offset && offset <= to;

/** The key or prefix at a place, be it in a call or in the `const` that a call names. */
export function keyAt(analysis: Analysis, offset: number): KeyUse | undefined {
  // The innermost one where one call stands in another.
  const inCall = analysis.keys.filter((use) => holds(use, offset)).sort((a, b) => a.to - a.from - (b.to - b.from))[0];
  return inCall ?? inConstant(analysis, offset);
}

/** Several calls may name a `const`: then it is a key of all their bindings. */
function inConstant({ keys, constants }: Analysis, offset: number): KeyUse | undefined {
  const uses = keys.flatMap((use) => {
    const node = constants.origin(use.node);
    return holds(node, offset) ? { ...use, node, from: node.from, to: node.to } : [];
  });
  const [first] = uses;
  if (!first) return undefined;
  const isNamed = uses.every(({ call }) => call.bindings.length > 0);
  const bindings = isNamed ? [...new Set(uses.flatMap(({ call }) => call.bindings))] : [];
  const kind = uses.every((use) => use.kind === 'prefix') ? 'prefix' : 'key';
  return { ...first, kind, call: { ...first.call, bindings } };
}
