import type { SyntaxNode } from '@lezer/common';
import { type Code, children, isSameNode, textOf } from '../../../core/code/syntax.ts';

/** What a test says of the page if it holds; `undefined` if it is about something else. */
type Said = 'last' | 'more' | 'unclear';

/** The parts of an `if`. */
export function partsOf(statement: SyntaxNode): { test?: SyntaxNode; then?: SyntaxNode; otherwise?: SyntaxNode } {
  const [, test, then, , otherwise] = children(statement).filter(({ name }) => !/Comment$/.test(name));
  return { ...(test && { test }), ...(then && { then }), ...(otherwise && { otherwise }) };
}

/** Tells which statements of a loop over pages may run for the last page only. */
export class AtEnd {
  readonly #code: Code;
  readonly #loop: SyntaxNode;
  /** Names for `list_complete`, and whether they have exactly its value. */
  readonly #names = new Map<string, boolean>();

  /** Where the first such statement is, by the position of the block. */
  readonly #continues = new Map<number, number>();

  constructor(code: Code, loop: SyntaxNode) {
    this.#code = code;
    this.#loop = loop;
    const text = textOf(code, loop);
    for (const [, name = '', value = ''] of text.matchAll(
      /(?<![\w$])([\w$]+)\s*=(?!=)\s*([^;\n=]*\blist_complete\b[^;\n]*)/g,
    )) {
      this.#names.set(name, /^[\w$]+\s*\??\.\s*list_complete\s*$/.test(value));
    }
    for (const [, name = ''] of text.matchAll(/\blist_complete\s*:\s*([\w$]+)/g)) this.#names.set(name, true);
  }

  /** True if tests around or before a statement leave only the last page to it, or may do so. */
  holds(statement: SyntaxNode): boolean {
    for (let node = statement; node.parent && !isSameNode(node, this.#loop); node = node.parent) {
      const { test, then, otherwise } = node.parent.name === 'IfStatement' ? partsOf(node.parent) : {};
      const said = test && this.#said(test);
      if (said && said !== 'more' && then && isSameNode(then, node)) return true;
      if (said && said !== 'last' && otherwise && isSameNode(otherwise, node)) return true;
      if (node.parent.name === 'Block' && this.#isAfterContinue(node)) return true;
    }
    return false;
  }

  /** After the first `if (!page.list_complete) { …; continue; }` in its block. */
  #isAfterContinue({ from, parent: block }: SyntaxNode): boolean {
    if (!block) return false;
    const first = this.#continues.get(block.from) ?? this.#firstContinue(block);
    this.#continues.set(block.from, first);
    return first < from;
  }

  #firstContinue(block: SyntaxNode): number {
    const found = block.getChildren('IfStatement').find((statement) => {
      const { test, then } = partsOf(statement);
      const said = test && this.#said(test);
      const branch = then?.name === 'Block' ? children(then) : [then];
      return said && said !== 'last' && branch.some((one) => one?.name === 'ContinueStatement');
    });
    return found?.from ?? Number.POSITIVE_INFINITY;
  }

  #said(test: SyntaxNode): Said | undefined {
    const text = textOf(this.#code, test)
      .replace(/^\(|\)$/g, '')
      .trim();
    const [, not = '', value = ''] = /^(!?)\s*([\w$.?\s]+)$/.exec(text) ?? [];
    if (/\.\s*list_complete$/.test(value) || this.#names.get(value) === true) return not === '' ? 'last' : 'more';
    const names = text.match(/[\w$]+/g) ?? [];
    return names.some((name) => /list_complete|cursor/i.test(name) || this.#names.has(name)) ? 'unclear' : undefined;
  }
}
