import { dirname, resolve } from 'node:path';
import { lineFinder } from './configText.ts';

/** Names of the files that make a folder the root of a Vite project. */
export const isViteConfig = (name: string): boolean => /^vite\.config\.[cm]?[jt]s$/.test(name);

/** What a Vite config says of the Workers that its dev server runs. */
export interface ViteProject {
  /** The folder beside which their data lies, unless it is kept in {@link stateFolder}: absolute. */
  readonly root: string;
  /** Absolute paths of the wrangler configs that it names, the app's own first; one beside it needs no naming. */
  readonly configs: readonly string[];
  /** Where the plugin's `persistState` keeps their data; absolute. */
  readonly stateFolder?: string;
  /** What cannot be followed. */
  readonly hints: readonly ViteHint[];
}

/**
 * `configPath` and `persistState`: it is named by something that must be run to know it. `notKept`: the data lies in no
 * lasting place.
 */
export interface ViteHint {
  readonly about: 'configPath' | 'persistState' | 'notKept';
  /** From 1. */
  readonly line: number;
}

/**
 * Reads a Vite config that uses Cloudflare's plugin, as far as it can be read without running it: what is written as
 * plain texts. `undefined` for any other.
 */
export function readViteProject(path: string, text: string): ViteProject | undefined {
  if (!text.includes('@cloudflare/vite-plugin')) return undefined;
  const clean = without(/(?<=^|[\s,;(){}[\]])\/\/.*$/gm, without(/\/\*[\s\S]*?\*\//g, text));
  const lineOf = lineFinder(clean);
  const hint = (about: ViteHint['about'], at: number): ViteHint => ({ about, line: lineOf(at) });
  const [named] = settings('root', clean);
  const root = resolve(dirname(path), (named && plainText(named.value)) ?? '.');
  const configs = settings('configPath', clean).map(({ at, value }) => ({ at, config: plainText(value) }));
  const [auxiliary] = settings('auxiliaryWorkers', clean);
  const isOfOthers = (at: number): boolean => auxiliary !== undefined && isInList(at, auxiliary);
  configs.sort((a, b) => Number(isOfOthers(a.at)) - Number(isOfOthers(b.at)));
  const [kept] = settings('persistState', clean);
  const place = kept && keptIn(kept.value);
  return {
    root,
    configs: configs.flatMap(({ config }) => (config === undefined ? [] : resolve(root, config))),
    ...(place?.path !== undefined && { stateFolder: resolve(root, place.path) }),
    hints: [
      ...configs.flatMap(({ at, config }) => (config === undefined ? hint('configPath', at) : [])),
      ...(kept && place?.about ? [hint(place.about, kept.at)] : []),
    ],
  };
}

interface Setting {
  readonly at: number;
  /** The text of what follows. */
  readonly value: string;
  readonly valueAt: number;
}

/** All places where a property is set. */
function settings(name: string, text: string): readonly Setting[] {
  const places = text.matchAll(new RegExp(`(?<![.\\w"'])(["']?)${name}\\1\\s*(?::|(?=[,}]))`, 'g'));
  return [...places].map(({ index, 0: { length } }) => {
    const valueAt = index + length;
    return { at: index, value: text.slice(valueAt), valueAt };
  });
}

/** Whether a place lies in the list that a property is set to. */
function isInList(at: number, { value, valueAt }: Setting): boolean {
  if (at < valueAt || !/^\s*\[/.test(value)) return false;
  let depth = 0;
  for (const character of value.slice(0, at - valueAt)) {
    if (character === '[') depth++;
    else if (character === ']' && --depth === 0) return false;
  }
  return true;
}

/** `undefined` for anything but a text without escapes and parts to be put in. */
const plainText = (value: string): string | undefined =>
  /^\s*(["'`])([^"'`$\\\n]+)\1\s*(?=[,})\]]|as\b|\/\/|$)/.exec(value)?.[2];

/** What `persistState` is set to: nothing for what is so without it. */
function keptIn(value: string): { readonly path?: string; readonly about?: ViteHint['about'] } {
  const known = /^\s*(true|false)\s*(?=[,})\]]|$)/.exec(value)?.[1];
  if (known !== undefined) return known === 'true' ? {} : { about: 'notKept' };
  const path = /^\s*\{\s*(["']?)path\1\s*:([^,{}]*),?\s*\}/.exec(value)?.[2];
  const plain = path === undefined ? undefined : plainText(`${path.trimEnd()},`);
  return plain === undefined ? { about: 'persistState' } : { path: plain };
}

/** The lines stay where they are. */
const without = (what: RegExp, text: string): string => text.replace(what, (found) => found.replace(/[^\n]/g, ' '));
