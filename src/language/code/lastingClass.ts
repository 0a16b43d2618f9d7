import type { SyntaxNode } from '@lezer/common';
import { type Code, children, nearest, remembering, textOf } from '../../core/code/syntax.ts';
import type { Analysis } from './analysis.ts';

/** How many classes of this file may come between a class and a base class from elsewhere. */
const DEEPEST = 8;

/**
 * True inside a class whose objects may outlive a request, such as those of a Durable Object: the runtime waits for
 * what they started. Many libraries have their own classes based on `DurableObject`, so a class with a base from
 * another file may be one too.
 */
export function isInLastingClass(analysis: Analysis, node: SyntaxNode): boolean {
  for (let body = classBody(node); body; body = classBody(body)) {
    if (body.parent && isLasting(analysis, body.parent)) return true;
  }
  return false;
}

const classBody = (node: SyntaxNode): SyntaxNode | undefined => nearest(node, ({ name }) => name === 'ClassBody');

function isLasting({ code, declarations }: Analysis, of: SyntaxNode): boolean {
  let node = of;
  for (let depth = 0; depth < DEEPEST; depth++) {
    if (saysSo(code, node)) return true;
    const base = node.getChild('extends')?.nextSibling;
    if (!base || /(?:^|\.\s*)WorkerEntrypoint$/.test(textOf(code, base))) return false;
    const declared = base.name === 'VariableName' ? declarations.find(textOf(code, base), base) : undefined;
    if (declared?.kind !== 'class' || !declared.value) return true;
    node = declared.value;
  }
  return true;
}

/** Recognised by what it implements, or by the older form of a Durable Object: `constructor(state, env)`. */
const saysSo = remembering((code: Code, node: SyntaxNode): boolean => {
  const heritage = children(node);
  const start = heritage.findIndex(({ name }) => name === 'implements');
  if (start >= 0 && heritage.slice(start).some((one) => /^DurableObject\b/.test(textOf(code, one)))) return true;
  const methods = node.getChild('ClassBody')?.getChildren('MethodDeclaration') ?? [];
  const made = methods.find((one) => textOf(code, one.getChild('PropertyDefinition') ?? one) === 'constructor');
  const list = made?.getChild('ParamList');
  const first = list?.getChild('VariableDefinition');
  if (!list || !first) return false;
  return textOf(code, first) === 'state' || /:\s*DurableObjectState\b/.test(textOf(code, list));
});
