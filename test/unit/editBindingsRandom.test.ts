import assert from 'node:assert/strict';
import fc from 'fast-check';
import { getNodeValue, parseTree } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { isKvError } from '../../src/core/base/errors.ts';
import type { BindingChange } from '../../src/wrangler/bindingPlan.ts';
import { edited } from '../support/configEdits.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Table = { [name: string]: Json };

const ENVIRONMENTS = ['staging', 'a.b', 'quo"te\'s', 'new env', 'constructor'];
const name = fc.constantFrom('A', 'B', '$c_1');
const id = fc.oneof(fc.constantFrom('1', '2'), fc.string({ unit: 'grapheme', minLength: 1 }));
const change: fc.Arbitrary<BindingChange> = fc
  .tuple(
    name,
    fc.option(fc.constantFrom(...ENVIRONMENTS), { nil: undefined }),
    fc.constantFrom('id', 'preview_id', undefined),
    id,
  )
  .map(([binding, environment, field, value]) => ({
    binding,
    ...(environment !== undefined && { environment }),
    ...(field && { field, id: value }),
  }));

/** What the config must say after the change; undefined when that is a conflict. */
function changed(config: Table, { binding, field, id, environment }: BindingChange): Table | undefined {
  const result = structuredClone(config);
  const table = environment === undefined ? result : within(within(result, 'env'), environment);
  if (!Object.hasOwn(table, 'kv_namespaces')) table.kv_namespaces = [];
  const list = table.kv_namespaces as Table[];
  const matches = list.filter((entry) => entry.binding === binding);
  const [entry = { binding }, second] = matches;
  if (second || (field && entry[field] !== undefined && entry[field] !== id)) return undefined;
  if (field && id !== undefined) entry[field] = id;
  if (matches.length === 0) list.push(entry);
  return result;
}

function within(table: Table, name: string): Table {
  if (!Object.hasOwn(table, name)) table[name] = {};
  return table[name] as Table;
}

const plain = (value: unknown): Table => JSON.parse(JSON.stringify(value));

async function holds(
  path: string,
  text: string,
  wanted: BindingChange,
  comments: readonly string[],
  parse: (text: string) => Table,
): Promise<void> {
  const expected = changed(parse(text), wanted);
  let result: string;
  try {
    result = await edited(path, text, wanted);
  } catch (error) {
    if (expected !== undefined || !isKvError(error, 'conflict')) throw error;
    return;
  }
  assert.deepEqual(parse(result), expected, result);
  for (const comment of comments) assert.ok(result.includes(comment), comment);
}

const binding = fc.tuple(name, fc.option(id), fc.option(id)).map(
  ([binding, id, preview]): Table => ({
    binding,
    ...(id !== null && { id }),
    ...(preview !== null && { preview_id: preview }),
  }),
);
const bindings = fc.array(binding, { maxLength: 3 });

describe('adding a binding to any config', () => {
  const other = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
  const section = fc.record({ name: fc.string(), kv_namespaces: bindings, vars: other }, { requiredKeys: [] });
  const config = fc
    .tuple(
      fc.record(
        {
          name: fc.string(),
          kv_namespaces: bindings,
          vars: other,
          env: fc.dictionary(fc.constantFrom(...ENVIRONMENTS), section, { maxKeys: 3 }),
        },
        { requiredKeys: [] },
      ),
      fc.boolean(),
    )
    .map(([config, turned]) => (turned ? Object.fromEntries(Object.entries(config).reverse()) : config) as Table);
  const layout = fc.record({
    choices: fc.array(fc.nat(255), { minLength: 1, maxLength: 60 }),
    eol: fc.constantFrom('\n', '\r\n'),
    unit: fc.constantFrom('  ', '\t', '    ', ''),
    oneLine: fc.boolean(),
  });

  it('changes JSON by just that, whatever its layout', async () => {
    await fc.assert(
      fc.asyncProperty(config, layout, change, async (value, style, wanted) => {
        const { text, comments } = printJson(value, style);
        await holds('/p/wrangler.jsonc', text, wanted, comments, (source) => {
          const root = parseTree(source, [], { allowTrailingComma: true });
          assert.ok(root);
          return plain(getNodeValue(root));
        });
      }),
      { numRuns: 1000 },
    );
  });

  const inlineEntry = (entry: Table) =>
    `{ ${Object.entries(entry)
      .map(([name, value]) => `${name} = ${tomlText(value)}`)
      .join(', ')} }`;
  const lists = bindings.chain((entries) => {
    const items = entries.map(inlineEntry);
    return fc.constantFrom(
      `[${items.join(', ')}]`,
      `[\n  # before, ]\n${items.map((item) => `\t${item}, # of "it\n`).join('')}]`,
      `[ # after\n${items.join(',\n')}\n]`,
    );
  });
  const keyOf = (environment: string) => JSON.stringify(environment);
  const environment = fc.constantFrom(...ENVIRONMENTS).map(keyOf);
  const topLevel = fc.oneof(
    fc.constantFrom(
      'name = "x" # = [',
      'text = """\n[[kv_namespaces]]\n# no\n"""',
      "raw = '''\n[env]'''",
      'day = 2026-01-01',
    ),
    lists.map((list) => `kv_namespaces = ${list}`),
    fc.tuple(environment, lists).map(([env, list]) => `env.${env}.kv_namespaces = ${list}`),
    environment.map((env) => `env.${env}.name = "e"`),
    environment.map((env) => `env.${env} = { name = "e" }`),
    fc.tuple(environment, environment).map(([a, b]) => `env = { ${a} = {}, ${b}.name = "x" }`),
  );
  const withHeader = (header: string) =>
    binding.map((entry) =>
      [header, ...Object.entries(entry).map(([name, value]) => `  ${name} = ${tomlText(value)} # c`)].join('\n'),
    );
  const table = fc.oneof(
    fc.constantFrom('[vars]\nA = [\n  1, # one\n]', '[ dev ]\nport = 1', '[[d1_databases]]\nbinding = "A"'),
    withHeader('[[kv_namespaces]]'),
    withHeader('[[kv_namespaces]]'),
    environment.chain((env) => withHeader(`[[env.${env}.kv_namespaces]]`)),
    fc.tuple(environment, lists).map(([env, list]) => `[env.${env}]\nkv_namespaces = ${list}`),
    environment.map((env) => `[env.${env}]\nvars.A = 1`),
    environment.map((env) => `[env.${env}.vars]\nkv_namespaces = 1`),
    environment.map((env) => `[[env.${env}.d1_databases]]\nbinding = "A"`),
    environment.map((env) => `[env]\n${env}.name = "x"\nother.name = "y"`),
    environment.map((env) => `[env]\n${env} = { name = "x" }`),
  );
  const between = fc.constantFrom('\n', '\n\n', '\n# over\n', '\n# under\n\n', '\n\n# mid\n\n', '\n\t# [x]\n   \n');
  const blocks = fc
    .tuple(
      fc.array(fc.tuple(topLevel, between), { maxLength: 4 }),
      fc.array(fc.tuple(table, between), { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
    )
    .map(([keys, tables, eol, final]) => {
      const text = [...keys, ...tables].flat().join('');
      return (final ? text : text.trimEnd()).replaceAll('\n', eol);
    });

  it('changes TOML by just that, whatever its layout', async () => {
    const valid = blocks.filter((text) => {
      try {
        parseToml(text);
        return true;
      } catch {
        return false;
      }
    });
    await fc.assert(
      fc.asyncProperty(valid, change, async (text, wanted) => {
        const comments = text.match(/# (?:over|under|mid|before, \]|after|of "it|c)(?=\r?\n)/g) ?? [];
        await holds('/p/wrangler.toml', text, wanted, comments, (source) => plain(parseToml(source)));
      }),
      { numRuns: 1000 },
    );
  });
});

const tomlText = (value: Json): string => JSON.stringify(value).replaceAll('\u007F', '\\u007F');

/** Prints JSON with line breaks, comments and trailing commas as the choices have it. */
function printJson(
  value: Json,
  { choices, eol, unit, oneLine }: { choices: number[]; eol: string; unit: string; oneLine: boolean },
): { text: string; comments: string[] } {
  const comments: string[] = [];
  let turn = 0;
  const choose = (count: number): number => (choices[turn++ % choices.length] ?? 0) % count;
  const comment = (text: string): string => {
    comments.push(text);
    return text;
  };
  const note = (): string => (choose(8) === 0 ? comment(`/* ${comments.length}, ] } */`) : '');
  const lineNote = (): string => (choose(5) === 0 ? comment(` // ${comments.length} , "`) : '');
  const print = (value: Json, indent: string): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const [open, close] = Array.isArray(value) ? '[]' : '{}';
    const inner = indent + unit;
    const items = Array.isArray(value)
      ? value.map((item) => print(item, inner))
      : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}${note()}: ${print(item, inner)}`);
    const trailing = items.length > 0 && choose(3) === 0 ? ',' : '';
    if (oneLine || choose(3) === 0)
      return `${open}${note()}${items.join(`,${note()}`)}${note()}${trailing}${note()}${close}`;
    const lines = items.map(
      (item, index) => `${inner}${item}${note()}${index < items.length - 1 ? ',' : trailing}${lineNote()}${eol}`,
    );
    return `${open}${lineNote()}${eol}${lines.join('')}${lineNote()}${eol}${indent}${close}`;
  };
  const text = `${note()}${print(value, '')}${note()}${choose(2) === 0 ? eol : ''}`;
  // Of a separator that no item needed, the comment was never printed.
  return { text, comments: comments.filter((comment) => text.includes(comment)) };
}
