import type { SyntaxNode } from '@lezer/common';
import { type Code, nearest, textOf } from '../../core/code/syntax.ts';
import { VITE_PLUGIN } from '../viteProjects.ts';
import { argumentsOf, calleeOf } from './functions.ts';
import { importedName, moduleOf } from './imports.ts';
import { bare, isFirst, memberName, type Names } from './names.ts';

/** The name under which its package exports the plugin. */
const PLUGIN_NAME = 'cloudflare';
/** How many names to follow from a use of the plugin to its import. */
const DEEPEST = 20;

/** Finds the calls of the plugin in a file, even under another name. */
export class Plugin {
  readonly #code: Code;
  readonly #names: Names;

  constructor(code: Code, names: Names) {
    this.#code = code;
    this.#names = names;
  }

  calls(): readonly SyntaxNode[] {
    const all: SyntaxNode[] = [];
    this.#code.tree.cursor().iterate((cursor) => {
      if (cursor.name === 'CallExpression') all.push(cursor.node);
    });
    const found = all.filter((call) => this.#isPlugin(calleeOf(this.#code, call)));
    // The import cannot be followed, so calls are recognized by the usual name of the plugin.
    return found.length > 0 ? found : all.filter((call) => this.#isCalledSo(calleeOf(this.#code, call)));
  }

  /** The first use of the plugin's name, to report a plugin that is not called directly but, say, passed on. */
  mention(): SyntaxNode | undefined {
    let found: SyntaxNode | undefined;
    this.#code.tree.cursor().iterate((cursor) => {
      if (found || /Type/.test(cursor.name)) return false;
      if (cursor.name === 'VariableName' && this.#isPlugin(cursor.node)) found = cursor.node;
      return true;
    });
    return found;
  }

  #isCalledSo(callee: SyntaxNode): boolean {
    const name = callee.name === 'MemberExpression' ? memberName(this.#code, callee) : textOf(this.#code, callee);
    return name === PLUGIN_NAME;
  }

  #isPlugin(node: SyntaxNode, depth = 0): boolean {
    const { firstChild: object } = node;
    if (node.name === 'MemberExpression') {
      return object !== null && memberName(this.#code, node) === PLUGIN_NAME && this.#isPackage(object, depth + 1);
    }
    const declaration = this.#declaration(node, depth);
    if (!declaration) return false;
    const { kind, node: name, path } = declaration;
    if (kind === 'import') return importedName(this.#code, name) === PLUGIN_NAME && this.#isFromPackage(name);
    const source = kind === 'parameter' ? this.#awaited(name) : this.#set(node);
    if (!source || path.length > 1 || (path.length === 1 && path[0] !== PLUGIN_NAME)) return false;
    return path.length === 1 ? this.#isPackage(source, depth + 1) : this.#isPlugin(bare(this.#code, source), depth + 1);
  }

  /** Whether an expression is the whole module of the plugin's package, by `import` or `require`. */
  #isPackage(node: SyntaxNode, depth: number): boolean {
    const inner = bare(this.#code, node);
    if (inner.name === 'DynamicImport' || inner.name === 'CallExpression') {
      const isLoad = inner.name === 'DynamicImport' || textOf(this.#code, calleeOf(this.#code, inner)) === 'require';
      const module = inner.getChild('String') ?? argumentsOf(inner)?.[0];
      return isLoad && module != null && isPluginModule(textOf(this.#code, module).slice(1, -1));
    }
    const declaration = this.#declaration(inner, depth);
    if (!declaration || declaration.path.length > 0) return false;
    const { kind, node: name } = declaration;
    if (kind === 'import') return /^(?:\*|default)$/.test(importedName(this.#code, name)) && this.#isFromPackage(name);
    const source = kind === 'parameter' ? this.#awaited(name) : this.#set(inner);
    return source !== undefined && this.#isPackage(source, depth + 1);
  }

  #declaration(node: SyntaxNode, depth: number) {
    return node.name === 'VariableName' && depth < DEEPEST ? this.#names.declaration(node) : undefined;
  }

  #isFromPackage(name: SyntaxNode): boolean {
    return isPluginModule(moduleOf(this.#code, name) ?? '');
  }

  #set(use: SyntaxNode): SyntaxNode | undefined {
    const declaration = this.#names.declaration(use);
    const definition = declaration && this.#names.definition(declaration, use);
    return definition === 'nothing' ? undefined : definition;
  }

  /** The promise whose `.then` callback has this parameter. */
  #awaited(parameter: SyntaxNode): SyntaxNode | undefined {
    const call = nearest(parameter, ({ name }) => name === 'CallExpression');
    const callee = call?.firstChild;
    const isThen = callee?.name === 'MemberExpression' && memberName(this.#code, callee) === 'then';
    return isThen && isFirst(callee) ? (callee.firstChild ?? undefined) : undefined;
  }
}

const isPluginModule = (name: string): boolean => name === VITE_PLUGIN || name.startsWith(`${VITE_PLUGIN}/`);
