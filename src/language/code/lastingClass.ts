import type { SyntaxNode } from '@lezer/common';
import type { Declarations } from './declarations.ts';
import { type Code, children, nearest, textOf } from './syntax.ts';

/** How many classes of this file may stand between a class and the one that is not of this file. */
const DEEPEST = 8;

/**
 * True inside a class whose objects may outlive a request, as those of a Durable Object do: the runtime waits for what they
 * began. Many libraries have classes of their own over `DurableObject`, so one of another file may be such too.
 */
export function isInLastingClass(code: Code, declarations: Declarations, node: SyntaxNode): boolean {
  for (let body = classBody(node); body; body = classBody(body)) {
    if (body.parent && isLasting(code, declarations, body.parent)) return true;
  }
  return false;
}

const classBody = (node: SyntaxNode): SyntaxNode | undefined => nearest(node, ({ name }) => name === 'ClassBody');

function isLasting(code: Code, declarations: Declarations, node: SyntaxNode, depth = 0): boolean {
  if (depth > DEEPEST) return true;
  const heritage = children(node);
  const start = heritage.findIndex(({ name }) => name === 'implements');
  const isNamed = start >= 0 && heritage.slice(start).some((one) => /^DurableObject\b/.test(textOf(code, one)));
  if (isNamed || isMadeOfState(code, node)) return true;
  const base = node.getChild('extends')?.nextSibling;
  if (!base) return false;
  if (/(?:^|\.\s*)WorkerEntrypoint$/.test(textOf(code, base))) return false;
  const declared = base.name === 'VariableName' ? declarations.find(textOf(code, base), base) : undefined;
  const value = declared?.kind === 'class' ? declared.value : undefined;
  return value ? isLasting(code, declarations, value, depth + 1) : true;
}

/** The older way to write a Durable Object: `constructor(state, env)`. */
function isMadeOfState(code: Code, node: SyntaxNode): boolean {
  const methods = node.getChild('ClassBody')?.getChildren('MethodDeclaration') ?? [];
  const made = methods.find((one) => textOf(code, one.getChild('PropertyDefinition') ?? one) === 'constructor');
  const list = made?.getChild('ParamList');
  const first = list?.getChild('VariableDefinition');
  if (!list || !first) return false;
  return textOf(code, first) === 'state' || /:\s*DurableObjectState\b/.test(textOf(code, list));
}
