import type { Analysis } from './analysis.ts';
import type { KeyUse } from './calls.ts';
import { textAt } from './literal.ts';

/**
 * The key or prefix whose text is at this offset, either in a call or in the `const` that a call names. Its range is
 * only the text at the offset, because other parts of the key's expression are not text of the key.
 */
export function keyAt(analysis: Analysis, offset: number): KeyUse | undefined {
  for (const use of analysis.keys) {
    const part = textAt(analysis, use.node, offset);
    if (part) return { ...use, from: part.from, to: part.to };
  }
  return inConstant(analysis, offset);
}

/** If several calls name a `const`, it is a key of all their bindings. */
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
