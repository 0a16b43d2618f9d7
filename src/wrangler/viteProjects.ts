import { dirname, resolve } from 'node:path';
import { lineFinder } from './configText.ts';

/** Names of the files that make a folder the root of a Vite project. */
export const isViteConfig = (name: string): boolean => /^vite\.config\.[cm]?[jt]s$/.test(name);

/** What a Vite config says of the Workers that its dev server runs. */
export interface ViteProject {
  /** The folder beside which their data lies: absolute. */
  readonly root: string;
  /** Absolute paths of the wrangler configs that it names; one beside it needs no naming. */
  readonly configs: readonly string[];
  /** Lines, from 1, in which it names one by something that must be run to know it. */
  readonly computed: readonly number[];
}

/**
 * Reads a Vite config that uses Cloudflare's plugin, as far as it can be read without running it: paths written as plain
 * texts. `undefined` for any other.
 */
export function readViteProject(path: string, text: string): ViteProject | undefined {
  if (!text.includes('@cloudflare/vite-plugin')) return undefined;
  const clean = without(/(?<=^|[\s,;(){}[\]])\/\/.*$/gm, without(/\/\*[\s\S]*?\*\//g, text));
  const lineOf = lineFinder(clean);
  const [named] = settings('root', clean);
  const root = resolve(dirname(path), named?.text ?? '.');
  const configs = settings('configPath', clean);
  return {
    root,
    configs: configs.flatMap((config) => (config.text === undefined ? [] : resolve(root, config.text))),
    computed: configs.flatMap((config) => (config.text === undefined ? lineOf(config.at) : [])),
  };
}

/** All places where a property is set, with the plain text that it is set to. */
function settings(name: string, text: string): readonly { readonly at: number; readonly text: string | undefined }[] {
  const places = text.matchAll(new RegExp(`(?<![.\\w])${name}\\s*(?::|(?=[,}]))`, 'g'));
  return [...places].map(({ index, 0: { length } }) => {
    const plain = /^\s*(["'`])([^"'`$\n]+)\1\s*(?=[,})\]]|as\b|\/\/|$)/.exec(text.slice(index + length));
    return { at: index, text: plain?.[2] };
  });
}

/** The lines stay where they are. */
const without = (what: RegExp, text: string): string => text.replace(what, (found) => found.replace(/[^\n]/g, ' '));
