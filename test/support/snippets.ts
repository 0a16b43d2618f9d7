import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './texts.ts';

export interface Snippet {
  readonly name: string;
  readonly prefix: string;
  readonly body: string;
  readonly description: string;
}

/** The snippets of a file of the manifest, in their order. */
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

/** What VS Code knows in a body: escapes, tab stops, those with a default, those with choices. */
const PART = /\\([$}\\])|\$(\d+)|\$\{(\d+)(?::((?:[^}\\]|\\.)*)|\|([^|]*)\|)?\}|\$/g;

/**
 * The texts that a body becomes when every default is taken: one for each choice. Throws for what VS Code would not
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

/** The names of the functions that a snippet declares; none for one of statements. */
export const functionsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^(?:async )?function\*? (\w+)/gm)].map(([, name = '']) => name);

/**
 * A module of the text: with its functions exported, or its statements as those of a function `run`, which gives
 * `result`.
 */
export function moduleOf(text: string, parameters: string, result: string): string {
  const functions = functionsOf(text);
  return functions.length > 0
    ? `${text}\nexport { ${functions.join(', ')} };\n`
    : `export async function run(${parameters}) {\n${text}\nreturn ${result};\n}\n`;
}
