import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './texts.ts';

export interface Snippet {
  readonly name: string;
  readonly prefix: string;
  readonly body: string;
  readonly description: string;
}

/** The snippets of a file in the manifest, in order. */
export function readSnippets(path: string): readonly Snippet[] {
  const file: Record<string, { prefix: string; body: readonly string[]; description: string }> = JSON.parse(
    readFileSync(join(root, path), 'utf8'),
  );
  return Object.entries(file).map(([name, { prefix, body, description }]) => ({
    name,
    prefix,
    description,
    body: body.join('\n'),
  }));
}

/** VS Code's snippet syntax: escapes, tab stops, tab stops with a default, and those with choices. */
const PART = /\\([$}\\])|\$(\d+)|\$\{(\d+)(?::((?:[^}\\]|\\.)*)|\|([^|]*)\|)?\}|\$/g;

/**
 * The texts that a body expands to with every default: one for each choice. Throws for syntax that VS Code does not
 * know.
 */
export function expand({ body, name }: Pick<Snippet, 'body' | 'name'>): readonly string[] {
  const most = Math.max(1, ...[...body.matchAll(PART)].map(([, , , , , list]) => list?.split(',').length ?? 0));
  return Array.from({ length: most }, (_, turn) =>
    body.replace(
      PART,
      (part: string, escaped?: string, bare?: string, at?: string, byDefault?: string, list?: string) => {
        if (escaped !== undefined) return escaped;
        if (bare === undefined && at === undefined) throw new Error(`${name}: a lone ${part}`);
        const choices = list?.split(',') ?? [];
        return choices[turn % choices.length] ?? byDefault?.replace(/\\(.)/g, '$1') ?? '';
      },
    ),
  );
}

/** The names of the functions that a snippet declares; empty if it consists of statements. */
export const functionsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^(?:async )?function\*? (\w+)/gm)].map(([, name = '']) => name);

/**
 * A module from the text. Functions are exported; statements become the body of a function `run` that returns `result`.
 */
export function moduleOf(text: string, parameters: string, result: string): string {
  const functions = functionsOf(text);
  return functions.length > 0
    ? `${text}\nexport { ${functions.join(', ')} };\n`
    : `export async function run(${parameters}) {\n${text}\nreturn ${result};\n}\n`;
}
