/** The members of a union, split outside of brackets; takes the text of a type. */
function alternatives(type: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < type.length; at++) {
    const character = type[at];
    if (character === '<' || character === '(' || character === '{' || character === '[') depth++;
    else if (character === '>' || character === ')' || character === '}' || character === ']') depth--;
    else if (character === '|' && depth === 0) {
      found.push(type.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...found, type.slice(start).trim()];
}

const withoutNothing = (type: string): string[] =>
  alternatives(type).filter((one) => !['', 'undefined', 'null'].includes(one));

/** True for a namespace type, also in a union with null and the like; takes the text of a type. */
export function isNamespaceType(type: string): boolean {
  const named = withoutNothing(type);
  return named.length === 1 && /^(?:Cloudflare\s*\.\s*)?KVNamespace(?:\s*<[\s\S]*>)?$/.test(named[0] ?? '');
}

/** True for a type whose name suggests that it holds a Worker's bindings; takes the text of a type. */
export function isEnvType(type: string): boolean {
  const named = withoutNothing(type);
  return named.length === 1 && /^[\w$.]*(?:Env|Bindings)(?:\s*<[\s\S]*>)?$/.test(named[0] ?? '');
}

/** True for a name that suggests the same. */
export const isEnvName = (name: string): boolean => /(?:env|Env|ENV)$/.test(name) || name === 'bindings';

/** The text of an annotation without its colon. */
export const annotated = (annotation: string): string => annotation.replace(/^\s*:\s*/, '');
