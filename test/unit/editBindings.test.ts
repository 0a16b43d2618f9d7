import assert from 'node:assert/strict';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import type { BindingChange } from '../../src/wrangler/bindingPlan.ts';
import { editBindings } from '../../src/wrangler/editBindings.ts';
import { parseWranglerConfig } from '../../src/wrangler/readConfig.ts';
import { tomlEntry } from '../../src/wrangler/tomlEdits.ts';
import { edited } from '../support/configEdits.ts';

const JSONC = '/p/wrangler.jsonc';
const TOML = '/p/wrangler.toml';
const cache: BindingChange = { binding: 'CACHE', field: 'id', id: '2' };
const inStaging: BindingChange = { ...cache, environment: 'staging' };

type Case = readonly [what: string, text: string, change: BindingChange, result: string];

function inserts(path: string, cases: readonly Case[]): void {
  for (const [what, text, change, result] of cases) {
    it(what, async () => {
      assert.equal(await edited(path, text, change), result);
      const { bindings, problem } = await parseWranglerConfig(path, result);
      assert.equal(problem, undefined);
      const found = bindings.filter(
        ({ name, environment }) => name === change.binding && environment === change.environment,
      );
      assert.equal(found.length, 1);
      assert.equal(found[0]?.[change.field === 'preview_id' ? 'previewId' : 'id'], change.id);
      assert.equal(await editBindings(path, result, change), result, 'the second time nothing is left to do');
    });
  }
}

const refuses = (path: string, text: string, change: BindingChange, kind: KvErrorKind, ...parts: string[]) =>
  assert.rejects(
    editBindings(path, text, change),
    (error) => isKvError(error, kind) && parts.every((part) => error.message.includes(part)),
    text,
  );

describe('adding a binding to JSON', () => {
  inserts(JSONC, [
    [
      'to an empty object',
      '{}\n',
      cache,
      `{
  "kv_namespaces": [
    {
      "binding": "CACHE",
      "id": "2"
    }
  ]
}
`,
    ],
    [
      'to an object on two lines',
      '{\n}',
      { binding: 'CACHE' },
      '{\n  "kv_namespaces": [\n    {\n      "binding": "CACHE"\n    }\n  ]\n}',
    ],
    ['to one compact line', '{"name":"x"}', cache, '{"name":"x","kv_namespaces":[{"binding":"CACHE","id":"2"}]}'],
    [
      'to one line with blanks',
      '{ "name": "x", "kv_namespaces": [] }',
      cache,
      '{ "name": "x", "kv_namespaces": [{ "binding": "CACHE", "id": "2" }] }',
    ],
    [
      'to a blank object',
      '{ }',
      inStaging,
      '{ "env": { "staging": { "kv_namespaces": [{ "binding": "CACHE", "id": "2" }] } } }',
    ],
    [
      'behind the comment of the last line and before what is commented out',
      '// top\n{\n\t"name": "x" /* a */ // b\n\t/* c */\n\t// "vars": {},\n}\n// end\n',
      cache,
      `// top
{
\t"name": "x", /* a */ // b
\t"kv_namespaces": [
\t\t{
\t\t\t"binding": "CACHE",
\t\t\t"id": "2"
\t\t}
\t]
\t/* c */
\t// "vars": {},
}
// end
`,
    ],
    [
      'to a list at the beginning, with trailing commas and entries on one line',
      `{
  "kv_namespaces": [
    { "binding": "A", "id": "1" }, // the first
    // no more
  ],
  "name": "x",
}
`,
      cache,
      `{
  "kv_namespaces": [
    { "binding": "A", "id": "1" }, // the first
    { "binding": "CACHE", "id": "2" },
    // no more
  ],
  "name": "x",
}
`,
    ],
    [
      'to a list at the end, with CRLF and four blanks',
      '{\r\n    "name": "x",\r\n    "kv_namespaces": [\r\n        {\r\n            "binding": "A"\r\n        } // a\r\n    ]\r\n}',
      cache,
      '{\r\n    "name": "x",\r\n    "kv_namespaces": [\r\n        {\r\n            "binding": "A"\r\n        }, // a\r\n        {\r\n            "binding": "CACHE",\r\n            "id": "2"\r\n        }\r\n    ]\r\n}',
    ],
    [
      'to entries whose brackets share lines',
      '{\n\t"kv_namespaces": [{\n\t\t"binding": "A"\n\t}]\n}\n',
      cache,
      '{\n\t"kv_namespaces": [{\n\t\t"binding": "A"\n\t}, {\n\t\t"binding": "CACHE",\n\t\t"id": "2"\n\t}]\n}\n',
    ],
    [
      'to a list of comments',
      '{\n  "kv_namespaces": [ // none yet\n    // { "binding": "NO" }\n  ],\n  "name": "x"\n}',
      { binding: 'CACHE' },
      `{
  "kv_namespaces": [ // none yet
    // { "binding": "NO" }
    {
      "binding": "CACHE"
    }
  ],
  "name": "x"
}`,
    ],
    [
      'to a list with one comment',
      '{ "kv_namespaces": [ /* none */ ] }',
      { binding: 'CACHE' },
      '{ "kv_namespaces": [ /* none */ { "binding": "CACHE" } ] }',
    ],
    [
      'to an empty list on a line of its own',
      '{\n  "kv_namespaces": [],\n  "name": "x"\n}\n',
      { binding: 'CACHE' },
      '{\n  "kv_namespaces": [\n    {\n      "binding": "CACHE"\n    }\n  ],\n  "name": "x"\n}\n',
    ],
    [
      'to a text with a byte order mark',
      '\uFEFF{"name":"x",}\r\n',
      cache,
      '\uFEFF{"name":"x","kv_namespaces":[{"binding":"CACHE","id":"2"}],}\r\n',
    ],
    [
      'to a new environment, not to the top level',
      '{\n  "kv_namespaces": [{ "binding": "CACHE", "id": "1" }],\n  "env": {\n    "prod": {} // live\n  }\n}\n',
      inStaging,
      `{
  "kv_namespaces": [{ "binding": "CACHE", "id": "1" }],
  "env": {
    "prod": {}, // live
    "staging": {
      "kv_namespaces": [
        {
          "binding": "CACHE",
          "id": "2"
        }
      ]
    }
  }
}
`,
    ],
    [
      'to an environment with a dot and quotes in its name',
      '{"env":{"a.\\"b\\"":{"name":"y"}}}',
      { ...cache, environment: 'a."b"' },
      '{"env":{"a.\\"b\\"":{"name":"y","kv_namespaces":[{"binding":"CACHE","id":"2"}]}}}',
    ],
    [
      'to an environment that is called like a property of every object',
      '{"env":{}}',
      { binding: 'CACHE', environment: '__proto__' },
      '{"env":{"__proto__":{"kv_namespaces":[{"binding":"CACHE"}]}}}',
    ],
    [
      'with an id and an environment that need escapes',
      '{}',
      { binding: '$a', field: 'id', id: 'a"\\\n', environment: '\u0001' },
      `{
  "env": {
    "\\u0001": {
      "kv_namespaces": [
        {
          "binding": "$a",
          "id": "a\\"\\\\\\n"
        }
      ]
    }
  }
}`,
    ],
    [
      'as the missing id of a binding',
      '{\n  "kv_namespaces": [\n    {\n      "binding": "CACHE", // mine\n      "remote": true // really\n    }\n  ]\n}',
      cache,
      '{\n  "kv_namespaces": [\n    {\n      "binding": "CACHE", // mine\n      "remote": true, // really\n      "id": "2"\n    }\n  ]\n}',
    ],
    [
      'as the missing preview_id of a binding of an environment',
      '{ "env": { "staging": { "kv_namespaces": [{ "binding": "A" }, { "binding": "CACHE", "id": "1" }] } } }',
      { ...inStaging, field: 'preview_id' },
      '{ "env": { "staging": { "kv_namespaces": [{ "binding": "A" }, { "binding": "CACHE", "id": "1", "preview_id": "2" }] } } }',
    ],
    [
      'to the one of two equal properties that counts',
      '{ "kv_namespaces": [], "kv_namespaces": [] }',
      { binding: 'CACHE' },
      '{ "kv_namespaces": [], "kv_namespaces": [{ "binding": "CACHE" }] }',
    ],
  ]);
});

describe('adding a binding to TOML', () => {
  inserts(TOML, [
    ['to an empty file', '', cache, '[[kv_namespaces]]\nbinding = "CACHE"\nid = "2"\n'],
    [
      'to top-level keys, without a final newline',
      'name = "x" # me',
      { binding: 'CACHE' },
      'name = "x" # me\n\n[[kv_namespaces]]\nbinding = "CACHE"',
    ],
    [
      'behind all that is commented out at the end, so that it can be used',
      'name = "x"\n\n# account_id = ""\n\n\n',
      cache,
      'name = "x"\n\n# account_id = ""\n\n[[kv_namespaces]]\nbinding = "CACHE"\nid = "2"\n\n\n',
    ],
    [
      'before the environments',
      'name = "x"\n# tail\n\n# live\n[env.prod]\nname = "y"\n',
      cache,
      'name = "x"\n# tail\n\n[[kv_namespaces]]\nbinding = "CACHE"\nid = "2"\n\n# live\n[env.prod]\nname = "y"\n',
    ],
    [
      'behind the last of its kind, wherever others stand',
      `[[kv_namespaces]]
binding = "A"

[[d1_databases]]
binding = "D"

  [[ kv_namespaces ]] # second
    binding = "B"
    # preview_id = ""
# next
[vars]
X = "[[kv_namespaces]]"
`,
      cache,
      `[[kv_namespaces]]
binding = "A"

[[d1_databases]]
binding = "D"

  [[ kv_namespaces ]] # second
    binding = "B"

  [[kv_namespaces]]
    binding = "CACHE"
    id = "2"

    # preview_id = ""
# next
[vars]
X = "[[kv_namespaces]]"
`,
    ],
    [
      'behind tables of the entry before it',
      '[[kv_namespaces]]\nbinding = "A"\n[kv_namespaces.note]\na = 1 # a\n[vars]\n',
      { binding: 'CACHE' },
      '[[kv_namespaces]]\nbinding = "A"\n[kv_namespaces.note]\na = 1 # a\n\n[[kv_namespaces]]\nbinding = "CACHE"\n\n[vars]\n',
    ],
    [
      'behind texts on several lines, with CRLF',
      '[env.staging]\r\nname = """\r\n[vars]\r\n""" # a\r\n# b\r\n\r\n[env.prod]\r\n',
      inStaging,
      '[env.staging]\r\nname = """\r\n[vars]\r\n""" # a\r\n# b\r\n\r\n[[env.staging.kv_namespaces]]\r\nbinding = "CACHE"\r\nid = "2"\r\n\r\n[env.prod]\r\n',
    ],
    [
      'to an inline list',
      'kv_namespaces = [{binding="A",id="1"}] # one\n',
      cache,
      'kv_namespaces = [{binding="A",id="1"}, {binding="CACHE", id="2"}] # one\n',
    ],
    [
      'to an empty inline list',
      'kv_namespaces = []\n[vars]\n',
      cache,
      'kv_namespaces = [{ binding = "CACHE", id = "2" }]\n[vars]\n',
    ],
    [
      'to an inline list on several lines, without a last comma',
      'kv_namespaces = [\n\t# of ours, [ {\n\t{ binding = "A", id = "]" } # a, b\n]\nname = "x"\n',
      cache,
      'kv_namespaces = [\n\t# of ours, [ {\n\t{ binding = "A", id = "]" }, # a, b\n\t{ binding = "CACHE", id = "2" }\n]\nname = "x"\n',
    ],
    [
      'to an inline list on several lines, with a last comma',
      "\uFEFF[env.staging]\r\nkv_namespaces = [\r\n  { binding = 'A' }, # a\r\n  # b\r\n]\r\n",
      inStaging,
      '\uFEFF[env.staging]\r\nkv_namespaces = [\r\n  { binding = \'A\' }, # a\r\n  { binding = "CACHE", id = "2" },\r\n  # b\r\n]\r\n',
    ],
    [
      'to a new environment, at the end of the others',
      'name = "x"\n\n[env.prod.vars]\nA = 1\n\n[triggers]\ncrons = []\n',
      inStaging,
      'name = "x"\n\n[env.prod.vars]\nA = 1\n\n[[env.staging.kv_namespaces]]\nbinding = "CACHE"\nid = "2"\n\n[triggers]\ncrons = []\n',
    ],
    [
      'behind the last table of the environment',
      '[env.staging]\nname = "s"\n[env.prod]\n[[env.staging.d1_databases]]\nbinding = "D"\n[env.prod.vars]\n',
      inStaging,
      '[env.staging]\nname = "s"\n[env.prod]\n[[env.staging.d1_databases]]\nbinding = "D"\n\n[[env.staging.kv_namespaces]]\nbinding = "CACHE"\nid = "2"\n\n[env.prod.vars]\n',
    ],
    [
      'to an environment with dots and quotes in its name',
      '[env."a.\\"b\\""]\n',
      { ...cache, environment: 'a."b"' },
      '[env."a.\\"b\\""]\n\n[[env."a.\\"b\\"".kv_namespaces]]\nbinding = "CACHE"\nid = "2"\n',
    ],
    [
      'to an environment of dotted keys',
      'env.staging.name = "s" # s\nname = "x"\n[vars]\n',
      inStaging,
      'env.staging.name = "s" # s\nenv.staging.kv_namespaces = [{ binding = "CACHE", id = "2" }]\nname = "x"\n[vars]\n',
    ],
    [
      'to an environment of dotted keys under a header',
      '[env]\n  "sta.ging".name = "s"\n  prod.name = "p"\n',
      { binding: 'CACHE', environment: 'sta.ging' },
      '[env]\n  "sta.ging".name = "s"\n  "sta.ging".kv_namespaces = [{ binding = "CACHE" }]\n  prod.name = "p"\n',
    ],
    [
      'to a list under a dotted key',
      'env.staging.kv_namespaces = [ { binding = "A" } ]\n',
      inStaging,
      'env.staging.kv_namespaces = [ { binding = "A" }, { binding = "CACHE", id = "2" } ]\n',
    ],
    [
      'to an inline environment',
      'env.staging = { name = "s" }\n[vars]\n',
      inStaging,
      'env.staging = { name = "s", kv_namespaces = [{ binding = "CACHE", id = "2" }] }\n[vars]\n',
    ],
    [
      'to inline environments without it',
      'env = { prod = {} }\n',
      inStaging,
      'env = { prod = {}, staging.kv_namespaces = [{ binding = "CACHE", id = "2" }] }\n',
    ],
    [
      'to an empty inline table',
      'env = {}\n',
      inStaging,
      'env = { staging.kv_namespaces = [{ binding = "CACHE", id = "2" }] }\n',
    ],
    [
      'with an id and an environment that need escapes',
      'name = "x"\n',
      { binding: '_', field: 'preview_id', id: 'a"\\\n\u007F', environment: '\u0001 ü' },
      'name = "x"\n\n[[env."\\u0001 ü".kv_namespaces]]\nbinding = "_"\npreview_id = "a\\"\\\\\\n\\u007F"\n',
    ],
    [
      'as the missing id of an entry with a header',
      '[[kv_namespaces]]\nbinding = "A"\n\n[[kv_namespaces]]\n  binding = "CACHE" # mine\n\n# next\n[vars]\n',
      cache,
      '[[kv_namespaces]]\nbinding = "A"\n\n[[kv_namespaces]]\n  binding = "CACHE" # mine\n  id = "2"\n\n# next\n[vars]\n',
    ],
    [
      'as the missing preview_id of an inline entry',
      'kv_namespaces = [ { binding = "A" }, { binding = "CACHE", id = "1" } ]',
      { ...cache, field: 'preview_id' },
      'kv_namespaces = [ { binding = "A" }, { binding = "CACHE", id = "1", preview_id = "2" } ]',
    ],
    [
      'as the missing id of a binding of an environment',
      '[[kv_namespaces]]\nbinding = "CACHE"\n[[env.staging.kv_namespaces]]\nbinding = "CACHE"',
      inStaging,
      '[[kv_namespaces]]\nbinding = "CACHE"\n[[env.staging.kv_namespaces]]\nbinding = "CACHE"\nid = "2"',
    ],
  ]);
});

describe('a binding that cannot be added', () => {
  const both = [
    [JSONC, '{ "kv_namespaces": [{ "binding": "CACHE", "id": "1" }] }'],
    [TOML, 'kv_namespaces = [{ binding = "CACHE", id = "1" }]'],
  ] as const;

  it('is there already: the text stays, an other id is a conflict', async () => {
    for (const [path, text] of both) {
      assert.equal(await editBindings(path, text, { ...cache, id: '1' }), text);
      assert.equal(await editBindings(path, text, { binding: 'CACHE' }), text);
      await refuses(path, text, cache, 'conflict', '“CACHE”', path.slice(3), 'id “1”');
    }
    const text = '[[env.staging.kv_namespaces]]\nbinding = "CACHE"\nid = "1"\n';
    await refuses(TOML, text, inStaging, 'conflict', 'wrangler.toml, environment “staging”');
    const twice = '{ "kv_namespaces": [{ "binding": "CACHE" }, { "binding": "CACHE" }] }';
    await refuses(JSONC, twice, cache, 'conflict', 'more than once');
  });

  it('has a name, an id or an environment that cannot be written', async () => {
    for (const [path, text] of both) {
      for (const binding of ['', '1A', 'A-B', 'A\n', 'Ä', 'A B']) {
        await refuses(path, text, { ...cache, binding }, 'invalidInput', `“${binding}”`);
      }
      for (const id of ['', '\uD800']) await refuses(path, text, { ...cache, id }, 'invalidInput', 'id', 'CACHE');
      for (const environment of ['', '\uDC00']) {
        await refuses(path, text, { ...cache, environment }, 'invalidInput', 'environment');
      }
      await refuses(path, text, { binding: 'CACHE', field: 'id' }, 'invalidInput', '“CACHE”');
      await refuses(path, text, { binding: 'CACHE', id: '1' }, 'invalidInput', '“CACHE”');
    }
  });

  it('meets a broken config: the file and the line are named', async () => {
    await refuses(JSONC, '{\n  "name": "x"\n  "main": 1\n}', cache, 'invalidInput', 'wrangler.jsonc', 'line 3');
    await refuses(JSONC, '', cache, 'invalidInput', 'empty');
    await refuses(JSONC, '// nothing', cache, 'invalidInput', 'line 1');
    await refuses(JSONC, '[]', cache, 'invalidInput', 'must be an object');
    await refuses(TOML, 'name = "x"\nmain =\n', cache, 'invalidInput', 'wrangler.toml', 'line 2');
    await refuses(TOML, '[a]\nb = 1\n[a]\n', cache, 'invalidInput', 'line 3');
  });

  it('meets something else where the list should be', async () => {
    await refuses(JSONC, '{\n"kv_namespaces": {} }', cache, 'invalidInput', 'line 2', '“kv_namespaces”', 'list');
    await refuses(JSONC, '{ "kv_namespaces": null }', cache, 'invalidInput', 'list');
    await refuses(JSONC, '{ "env": [] }', inStaging, 'invalidInput', '“env”', 'table');
    await refuses(TOML, '\n[[env.staging]]', inStaging, 'invalidInput', 'line 2', '“env.staging”', 'table');
    await refuses(TOML, '[env.staging.kv_namespaces]', inStaging, 'invalidInput', '“env.staging.kv_namespaces”');
  });

  it('would damage the config: the lines to add by hand are given', async () => {
    const oldMac = '{\r"env": { "staging": {// none\r} } }';
    await refuses(
      JSONC,
      oldMac,
      inStaging,
      'unsupported',
      'wrangler.jsonc',
      '\n"env": {\n  "staging": {\n    "kv_namespaces": [\n      {\n        "binding": "CACHE",\n        "id": "2"\n      }\n    ]\n  }\n}',
    );
    assert.equal(
      tomlEntry({
        list: ['env', 'a.b', 'kv_namespaces'],
        fields: [
          ['binding', 'CACHE'],
          ['id', '2'],
        ],
      }),
      '[[env."a.b".kv_namespaces]]\nbinding = "CACHE"\nid = "2"',
    );
  });
});
