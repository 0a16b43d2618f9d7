import type { BindingPlan } from './bindingPlan.ts';
import { type Container, type InsertStyle, insertItem, lineBreakOf, lineIndent, startsLine } from './insertItem.ts';
import { nodeAt } from './jsoncText.ts';

type Parsers = typeof import('./parsers.lazy.ts');
type Node = import('./parsers.lazy.ts').Node;
type Edit = import('./parsers.lazy.ts').Edit;

const TRIVIA = /(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\r\n]*)*/y;
const REST_OF_LINE = /(?:[ \t]|\/\*[\s\S]*?\*\/)*(?:\/\/[^\r\n]*)?/y;

/**
 * Edits that only insert into valid JSON with comments; `undefined` if that is impossible. jsonc-parser's own `modify`
 * reformats the surroundings of the new text, and puts it before a comment that belongs to the line above.
 */
export function jsoncEdits(text: string, plan: BindingPlan, parsers: Parsers): Edit[] | undefined {
  const root = parsers.parseTree(text, [], { allowTrailingComma: true });
  if (root === undefined) return undefined;
  const eol = lineBreakOf(text);
  const unit = indentUnit(text, root) ?? '  ';
  const colon = root.children?.[0]?.colonOffset;
  const spaced = colon === undefined || /\s/.test(text.charAt(colon + 1));

  if (plan.index !== undefined) {
    const entry = nodeAt(root, [...plan.list, plan.index]);
    return entry && plan.fields.flatMap(([name, value]) => addProperty(entry, name, value));
  }
  const value = Object.fromEntries(plan.fields);
  const list = nodeAt(root, plan.list);
  if (list) return addEntry(list, value);
  const depth = plan.list.findIndex((_, index) => nodeAt(root, plan.list.slice(0, index + 1)) === undefined);
  const parent = nodeAt(root, plan.list.slice(0, depth));
  const [name, ...rest] = plan.list.slice(depth);
  if (parent === undefined || name === undefined) return undefined;
  return addProperty(
    parent,
    name,
    rest.reduceRight<unknown>((inner, step) => ({ [step]: inner }), [value]),
  );

  function addProperty(node: Node, name: string, value: unknown): Edit[] {
    const key = `${JSON.stringify(name)}:`;
    const item = {
      inline: `${key}${spaced ? ' ' : ''}${oneLine(value)}`,
      block: (indent: string) => `${key} ${lines(value, indent)}`,
    };
    return insertItem(text, container(node), item, style(node, spaced ? ' ' : ''));
  }

  /** Laid out like the entry before it: on one line, or with each property on its own line. */
  function addEntry(node: Node, value: unknown): Edit[] {
    const sibling = node.children?.findLast(({ type }) => type === 'object');
    const end = sibling && sibling.offset + sibling.length;
    const broken = sibling && text.slice(sibling.offset, end).includes('\n');
    const item = {
      inline: broken && end !== undefined ? lines(value, lineIndent(text, end)) : oneLine(value),
      block: (indent: string) => (sibling && !broken ? oneLine(value) : lines(value, indent)),
    };
    return insertItem(text, container(node), item, style(node, ''));
  }

  function lines(value: unknown, indent: string): string {
    return JSON.stringify(value, undefined, unit).replaceAll('\n', eol + indent);
  }

  function oneLine(value: unknown): string {
    if (!spaced) return JSON.stringify(value);
    return JSON.stringify(value, undefined, 1).replace(/(\[?)\n *(\]?)/g, (_, opens, closes) =>
      opens || closes ? opens + closes : ' ',
    );
  }

  function style(node: Node, pad: string): InsertStyle {
    const owner = node.parent?.type === 'property' ? node.parent : node;
    const expand = startsLine(text, owner.offset);
    return { eol, unit, gap: spaced ? ' ' : '', pad, expand, trivia: TRIVIA, restOfLine: REST_OF_LINE };
  }
}

function container({ offset, length, children = [] }: Node): Container {
  const items = children.map((child) => ({ start: child.offset, end: child.offset + child.length }));
  return { open: offset + 1, close: offset + length - 1, items };
}

/** How much further the first item on its own line is indented than its container. */
function indentUnit(text: string, node: Node): string | undefined {
  const [first] = node.type === 'property' ? [] : (node.children ?? []);
  if (first && startsLine(text, first.offset)) {
    const outer = lineIndent(text, node.offset);
    const inner = lineIndent(text, first.offset);
    if (inner.length > outer.length && inner.startsWith(outer)) return inner.slice(outer.length);
  }
  for (const child of node.children ?? []) {
    const unit = indentUnit(text, child);
    if (unit !== undefined) return unit;
  }
  return undefined;
}
