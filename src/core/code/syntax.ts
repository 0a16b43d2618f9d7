import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@lezer/javascript';

/** Longer files are skipped, because they are generated or bundled. In UTF-16 units. */
export const LONGEST_CODE = 1_000_000;

const MOST_TYPES = 1024;

const typescript = parser.configure({ dialect: 'ts' });
/**
 * JavaScript is parsed with types too: that parser accepts every valid program, and it suits files with Flow-like
 * types.
 */
const withJsx = parser.configure({ dialect: 'ts jsx' });

/** The source of one file with its tree; offsets are UTF-16 units, as those of a `TextDocument`. */
export interface Code {
  readonly text: string;
  readonly tree: Tree;
}

/** TypeScript without JSX has type assertions in angle brackets; every other dialect has JSX. */
const hasJsx = (path: string): boolean => !/\.[cm]?ts$/.test(path);

/**
 * Always parses the whole file: reusing fragments of an older tree gives another tree after errors. Never throws; what
 * cannot be parsed becomes error nodes.
 */
export function parseCode(path: string, text: string): Code {
  const code = path.endsWith('.astro') ? onlyFrontmatter(text) : text;
  return { text: code, tree: (hasJsx(path) ? withJsx : typescript).parse(code) };
}

/** What may come before the frontmatter of an Astro file: a byte order mark, empty lines and comments. */
const BEFORE_FRONTMATTER = /^\uFEFF?(?:(?:\s|<!--[\s\S]*?-->)*\n)?/;

/** The part between the first two `---` lines of an Astro file, at the same offsets; everything else becomes spaces. */
function onlyFrontmatter(text: string): string {
  const [before = ''] = BEFORE_FRONTMATTER.exec(text) ?? [];
  const [first] = /^---[^\S\n]*(?=\n)/.exec(text.slice(before.length)) ?? [];
  if (first === undefined) return '';
  const start = before.length + first.length;
  const fence = /^---[^\S\n]*$/gm;
  fence.lastIndex = start;
  const second = fence.exec(text);
  if (!second) return '';
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ');
  return blank(text.slice(0, start)) + text.slice(start, second.index) + blank(text.slice(second.index));
}

export const textOf = ({ text }: Code, { from, to }: Pick<SyntaxNode, 'from' | 'to'>): string => text.slice(from, to);

export const isSameNode = (a: SyntaxNode, b: SyntaxNode): boolean =>
  a.from === b.from && a.to === b.to && a.name === b.name;

/** Identifies a node of one tree: no text here is longer, and no grammar has more types. */
export const nodeId = ({ type, from, to }: SyntaxNode): number =>
  (from * (LONGEST_CODE + 1) + to) * MOST_TYPES + type.id;

export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

/** True if anything in this node could not be parsed. */
export function holdsError(node: SyntaxNode): boolean {
  let found = false;
  node.cursor().iterate((inner) => {
    if (inner.type.isError) found = true;
    return !found;
  });
  return found;
}

/**
 * Computes something about a node once and remembers it: for every call in a block, it would otherwise cost the length
 * of the block each time.
 */
export function remembering<T>(find: (code: Code, node: SyntaxNode) => T): (code: Code, node: SyntaxNode) => T {
  const all = new WeakMap<Code, Map<number, T>>();
  return (code, node) => {
    const known = all.get(code) ?? new Map<number, T>();
    all.set(code, known);
    const id = nodeId(node);
    if (!known.has(id)) known.set(id, find(code, node));
    return known.get(id) as T;
  };
}

const hasErrorChild = remembering((_, node) => children(node).some(({ type }) => type.isError));

/** True if something near a node could not be parsed: in its statement outside of the node, or right before that. */
export function isBesideError(code: Code, node: SyntaxNode): boolean {
  for (let around = node.parent; around; around = around.parent) {
    if (hasErrorChild(code, around)) return true;
    if (!/Statement$|Declaration$/.test(around.name)) continue;
    const isAfterError = around.prevSibling?.lastChild?.type.isError === true;
    return isAfterError || (around.parent !== null && hasErrorChild(code, around.parent));
  }
  return false;
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunction',
  'MethodDeclaration',
]);

/** Methods of object literals are properties with a parameter list. */
export const isFunction = (node: SyntaxNode): boolean =>
  FUNCTIONS.has(node.name) || (node.name === 'Property' && node.getChild('ParamList') !== null);

/** The nearest enclosing node that passes. */
export function nearest(node: SyntaxNode, passes: (around: SyntaxNode) => boolean): SyntaxNode | undefined {
  for (let around = node.parent; around; around = around.parent) if (passes(around)) return around;
  return undefined;
}

const COMMENTS: ReadonlySet<string> = new Set(['LineComment', 'BlockComment']);

/** The members of a list in parentheses, brackets or braces, without punctuation, comments and errors. */
export const members = (list: SyntaxNode): SyntaxNode[] =>
  children(list).filter(({ name, type }) => !/^[()[\]{}<>,;]$/.test(name) && !COMMENTS.has(name) && !type.isError);

/** An expression without type assertions: `x as T`, `x satisfies T`, `<T>x`, `x!`. */
export function untyped(code: Code, node: SyntaxNode): SyntaxNode | undefined {
  const [first, second] = children(node);
  switch (node.name) {
    case 'BinaryExpression':
      return second?.name === 'as' || second?.name === 'satisfies' ? first : undefined;
    case 'PostfixExpression':
      return second && textOf(code, second) === '!' ? first : undefined;
    case 'PrefixCast':
      return node.lastChild ?? undefined;
    default:
      return undefined;
  }
}
