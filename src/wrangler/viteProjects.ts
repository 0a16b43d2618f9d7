import { dirname, resolve } from 'node:path';

/** Names of the files that make a folder the root of a Vite project. */
export const isViteConfig = (name: string): boolean => /^vite\.config\.[cm]?[jt]s$/.test(name);

/** What a Vite config says of the Workers that its dev server runs. */
export interface ViteProject {
  /** The folder beside which their data lies: absolute. */
  readonly root: string;
  /** Absolute paths of the wrangler configs that it names; one beside it needs no naming. */
  readonly configs: readonly string[];
}

/**
 * Reads a Vite config that uses Cloudflare's plugin, as far as it can be read without running it: paths written as plain
 * texts. `undefined` for any other.
 */
export function readViteProject(path: string, text: string): ViteProject | undefined {
  if (!text.includes('@cloudflare/vite-plugin')) return undefined;
  const clean = text.replace(/^\s*\/\/.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
  const [named] = textsOf('root', clean);
  const root = resolve(dirname(path), named ?? '.');
  return { root, configs: textsOf('configPath', clean).map((config) => resolve(root, config)) };
}

const textsOf = (name: string, text: string): readonly string[] =>
  [...text.matchAll(new RegExp(`\\b${name}\\s*:\\s*(["'\`])([^"'\`$\\n]+)\\1`, 'g'))].flatMap(
    ([, , value]) => value ?? [],
  );
