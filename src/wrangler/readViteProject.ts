import { dirname, isAbsolute, resolve } from 'node:path';
import { type Token, tokensOf } from './codeTokens.ts';
import { CodeValues, type Expression, expressionAt, isGroup, isMark, isWord, partsOf, rowsOf } from './codeValues.ts';
import { lineFinder } from './configText.ts';
import { VITE_PLUGIN, type ViteHint, type ViteProject } from './viteProjects.ts';

/** What the plugin is called in its package. */
const PLUGIN_NAME = 'cloudflare';

interface Placed {
  readonly at: number;
  /** `undefined` where it must be run to be known. */
  readonly path: string | undefined;
}

interface Kept {
  readonly at: number;
  readonly path?: string;
  readonly about?: ViteHint['about'];
}

/**
 * Reads a Vite config that uses Cloudflare's plugin, as far as it can be read without running it: what is written as
 * plain texts. `undefined` for any other.
 */
export function readViteProject(path: string, text: string): ViteProject | undefined {
  if (!text.includes(VITE_PLUGIN)) return undefined;
  const rows = rowsOf(tokensOf(text));
  const values = new CodeValues(rows);
  const lineOf = lineFinder(text);
  const hint = (about: ViteHint['about'], at: number): ViteHint => ({ about, line: lineOf(at) });
  const roots = rootsIn(rows[0] ?? [], values);
  const [named] = roots;
  const odd = roots.find((root) => root.path === undefined || root.path !== named?.path);
  const root = resolve(dirname(path), (odd === undefined && named?.path) || '.');
  const options = callsOf(rows).map((call) => partsOf(call)[0] ?? []);
  const own = options.flatMap((one) => settings('configPath', one, values));
  const auxiliary = options.flatMap((one) => settings('auxiliaryWorkers', one, values));
  const ownPaths = own.map(({ at, value }): Placed => ({ at, path: values.text(value) }));
  const auxiliaryPaths = auxiliary.flatMap(({ at, value }) => auxiliaryIn(at, value, values));
  const configs = [...ownPaths, ...auxiliaryPaths];
  const kept = keptIn(options, values);
  // Beside a root that nobody knows, only what needs none can be told.
  const placed = (place: string | undefined): string | undefined =>
    place === undefined || (odd !== undefined && !isAbsolute(place)) ? undefined : resolve(root, place);
  const stateFolder = placed(kept?.path);
  return {
    root,
    own: ownPaths.flatMap((config) => placed(config.path) ?? []),
    auxiliary: auxiliaryPaths.flatMap((config) => placed(config.path) ?? []),
    ...(stateFolder !== undefined && { stateFolder }),
    hints: [
      ...(odd ? [hint('root', odd.at)] : []),
      ...configs.flatMap(({ at, path: config }) => (config === undefined ? hint('configPath', at) : [])),
      ...(kept?.about ? [hint(kept.about, kept.at)] : []),
    ],
  };
}

/** What the config that is exported sets its root to. */
function rootsIn(top: readonly Token[], values: CodeValues): readonly Placed[] {
  const exported = top.flatMap((token, at) => {
    const before = top[at - 1];
    if (isWord(token, 'default') && isWord(before, 'export')) return [expressionAt(top, at + 1)];
    const isAssigned = isMark(token, '=') && (isWord(before, 'exports') || isWord(before, 'export'));
    return isAssigned ? [expressionAt(top, at + 1)] : [];
  });
  return exported
    .flatMap((value) => values.objects(value))
    .flatMap((object) => values.properties(object).findLast(({ name }) => name === 'root') ?? [])
    .map(({ at, value }) => ({ at, path: values.text(value) }));
}

/** The brackets behind the plugin, by whatever name it is imported. */
function callsOf(rows: readonly (readonly Token[])[]): readonly Token[] {
  const { names, spaces } = importsOf(rows);
  return rows.flatMap((row) =>
    row.filter((token, at): boolean => {
      const [dot, name] = [row[at - 2], row[at - 1]];
      if (!isGroup(token, '(') || name?.kind !== 'word') return false;
      if (!isMark(dot, '.') && !isMark(dot, '?.')) return names.has(name.text);
      return name.text === PLUGIN_NAME && spaces.has(row[at - 3]?.text ?? '');
    }),
  );
}

/** The names of the plugin, and of what holds it. */
function importsOf(rows: readonly (readonly Token[])[]): { names: ReadonlySet<string>; spaces: ReadonlySet<string> } {
  const names = new Set<string>();
  const spaces = new Set<string>();
  const take = (part: readonly Token[]): void => {
    const [start] = part;
    if (start?.kind === 'word') spaces.add(start.text);
    if (!isGroup(start, '{')) return;
    for (const [name, ...renamed] of partsOf(start)) {
      if (name?.text === PLUGIN_NAME) names.add(renamed.at(-1)?.text ?? name.text);
    }
  };
  for (const row of rows) {
    for (const [at, token] of row.entries()) {
      // `import … from 'x'`, or `const … = await import('x')`, `require('x')`.
      if (token.kind === 'text' && token.text === VITE_PLUGIN && isWord(row[at - 1], 'from')) take(row.slice(at - 2));
      if (!isGroup(token, '(') || token.items[0]?.text !== VITE_PLUGIN) continue;
      const before = isWord(row[at - 2], 'await') ? at - 3 : at - 2;
      if (isMark(row[before], '=')) take(row.slice(before - 1));
      else spaces.add(token.text);
    }
  }
  // It comes by some other way.
  if (names.size === 0 && spaces.size === 0) names.add(PLUGIN_NAME);
  return { names, spaces };
}

const settings = (name: string, options: Expression, values: CodeValues) => {
  const object = values.group(options, '{');
  return object ? values.properties(object).filter((property) => property.name === name) : [];
};

function auxiliaryIn(at: number, value: Expression, values: CodeValues): readonly Placed[] {
  const list = values.group(value, '[');
  if (list === undefined) return [{ at, path: undefined }];
  return partsOf(list).flatMap((worker): readonly Placed[] => {
    const object = values.group(worker, '{');
    if (object === undefined) return [{ at: worker[0]?.at ?? at, path: undefined }];
    const paths = settings('configPath', worker, values);
    return paths.map((one) => ({ at: one.at, path: values.text(one.value) }));
  });
}

/** Where the data lies; nothing where that is so without it. */
function keptIn(options: readonly Expression[], values: CodeValues): Kept | undefined {
  const all = options.map((one): Kept | undefined => {
    const object = one.length === 0 ? undefined : values.group(one, '{');
    if (object === undefined) return one[0] && { at: one[0].at, about: 'persistState' };
    const found = values.properties(object).findLast(({ name }) => name === undefined || name === 'persistState');
    return found && { at: found.at, ...(found.name ? placeOf(found.value, values) : { about: 'persistState' }) };
  });
  const set = all.find((kept) => kept?.path !== undefined || kept?.about !== undefined);
  const isSame = all.every((kept) => kept?.path === set?.path && kept?.about === set?.about);
  return set && !isSame ? { at: set.at, about: 'persistState' } : set;
}

function placeOf(value: Expression, values: CodeValues): Omit<Kept, 'at'> {
  const [first, ...more] = values.plain(value);
  if (more.length === 0 && isWord(first, 'true')) return {};
  if (more.length === 0 && isWord(first, 'false')) return { about: 'notKept' };
  const object = values.group(value, '{');
  const path = object && values.properties(object).findLast(({ name }) => name === undefined || name === 'path');
  const plain = path?.name === undefined ? undefined : values.text(path.value);
  return plain === undefined ? { about: 'persistState' } : { path: plain };
}
