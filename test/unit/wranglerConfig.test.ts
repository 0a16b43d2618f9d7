import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBindings } from '../../src/wrangler/bindings.ts';
import type { WranglerConfig } from '../../src/wrangler/config.ts';
import * as parsers from '../../src/wrangler/parsers.lazy.ts';
import { parseWranglerConfig, readWranglerConfig } from '../../src/wrangler/readConfig.ts';
import { readToml } from '../../src/wrangler/tomlText.ts';
import { makeNamedPipe } from '../support/namedPipe.ts';

const toml = (text: string): Promise<WranglerConfig> => parseWranglerConfig('/p/wrangler.toml', text);
const jsonc = (text: string): Promise<WranglerConfig> => parseWranglerConfig('/p/wrangler.jsonc', text);

describe('wrangler config, TOML', () => {
  it('reads bindings of the top level and of environments with their lines', async () => {
    const config = await toml(`name = "shop" # the Worker
main = "src/index.ts"

[dev]
port = 8788

[[kv_namespaces]]
binding = "SESSIONS"
id = "9c1f"
preview_id = "77aa"

[[ kv_namespaces ]] # a comment
binding = 'FLAGS'

[env.production]
kv_namespaces = [
  # none
  { binding = "SESSIONS", id = "p1" },
  { binding = "REAL", id = "p2", remote = true },
]

[[env."my stage".kv_namespaces]]
binding = "S"
id = "s1"
remote = false
`);
    assert.deepEqual(config, {
      path: '/p/wrangler.toml',
      folder: '/p',
      name: 'shop',
      devPort: 8788,
      environmentNames: ['shop-production', 'shop-my stage'],
      bindings: [
        { name: 'SESSIONS', id: '9c1f', previewId: '77aa', line: 7 },
        { name: 'FLAGS', line: 12 },
        { name: 'SESSIONS', id: 'p1', environment: 'production', line: 18 },
        { name: 'REAL', id: 'p2', remote: true, environment: 'production', line: 19 },
        { name: 'S', id: 's1', remote: false, environment: 'my stage', line: 22 },
      ],
    });
  });

  it('finds the lines of inline lists whatever stands around them', async () => {
    const config = await toml(`a = """
kv_namespaces = [ { binding = "NO" } ]
"""
b = '''
[[kv_namespaces]]
'''
routes = [ ["a]", "[b"], { pattern = "x,y" } ] # [
kv_namespaces = [ { binding = "A", id = "1" }, { binding = "B", id = "2" },

  { binding = "C", id = "#3" } ]
env.dotted.kv_namespaces = [
  { binding = "D", id = "4" }
]
env.table = { kv_namespaces = [ { binding = "E", id = "5" } ] }
`);
    assert.equal(config.problem, undefined);
    assert.deepEqual(
      config.bindings.map(({ name, line }) => [name, line]),
      [
        ['A', 8],
        ['B', 8],
        ['C', 10],
        ['D', 12],
        ['E', 14],
      ],
    );
  });

  it('takes CRLF, a byte order mark, dates, big integers and an empty file', async () => {
    const text = '\uFEFF[[kv_namespaces]]\r\nbinding = "A"\r\nid = "1"\r\n\r\n[[kv_namespaces]]\r\nbinding = "B"\r\n';
    const config = await toml(text);
    assert.equal(config.problem, undefined);
    assert.deepEqual(config.bindings, [
      { name: 'A', id: '1', line: 1 },
      { name: 'B', line: 5 },
    ]);
    assert.equal((await toml('day = 2026-01-01\nbig = 9223372036854775807')).problem, undefined);
    assert.deepEqual(await toml(''), { path: '/p/wrangler.toml', folder: '/p', bindings: [] });
  });

  it('keeps what is whole in a broken file and names the first broken line', async () => {
    const config = await toml(`name = "shop"
main = oops

[[kv_namespaces]]
binding = "A"
id = "1"

[[kv_namespaces]]
binding = "HALF"
id = "2

[[kv_namespaces]
binding = "LOST"
id = "3"

[[env.production.kv_namespaces]]
binding = "B"
id = "4"
`);
    assert.equal(config.name, 'shop');
    assert.equal(config.problem?.line, 2);
    assert.doesNotMatch(config.problem?.message ?? '', /\n|Invalid TOML document/);
    assert.deepEqual(config.bindings, [
      { name: 'A', id: '1', line: 4 },
      { name: 'B', id: '4', environment: 'production', line: 16 },
    ]);
  });

  it('survives a list that never ends and a file of rubbish', async () => {
    const open = await toml('name = "x"\nkv_namespaces = [\n  { binding = "A", id = "1" },\n');
    assert.equal(open.name, 'x');
    assert.ok(open.problem);
    const rubbish = await toml('<<<<<<< HEAD\nname = "x"\n=======\n\u0000\n'.repeat(40));
    assert.deepEqual(rubbish.bindings, []);
    assert.equal(rubbish.problem?.line, 1);
  });
});

describe('wrangler config, JSON', () => {
  it('takes comments, trailing commas, CRLF and a byte order mark, in .json too', async () => {
    const text = [
      '\uFEFF{',
      '  // the Worker',
      '  "name": "shop",',
      '  "dev": { "port": 5173, },',
      '  "kv_namespaces": [',
      '    { "binding": "A", "id": "1", /* old */ "preview_id": "2" },',
      '    {',
      '      "binding": "B",',
      '      "remote": true,',
      '    },',
      '  ],',
      '  "env": {',
      '    "stage": { "kv_namespaces": [{ "binding": "A", "id": "3" }] },',
      '    "none": {},',
      '  },',
      '}',
      '',
    ].join('\r\n');
    for (const path of ['/p/wrangler.json', '/p/wrangler.jsonc']) {
      assert.deepEqual(await parseWranglerConfig(path, text), {
        path,
        folder: '/p',
        name: 'shop',
        devPort: 5173,
        environmentNames: ['shop-stage', 'shop-none'],
        bindings: [
          { name: 'A', id: '1', previewId: '2', line: 6 },
          { name: 'B', remote: true, line: 7 },
          { name: 'A', id: '3', environment: 'stage', line: 13 },
        ],
      });
    }
  });

  it('keeps what is whole in a broken file and names the line', async () => {
    const config = await jsonc(`{
  "name": "shop",
  "kv_namespaces": [
    { "binding": "A", "id": "1" },
    { "binding": "HALF", "id": },
    { "binding": "B", "id": "2" }
    { "binding": "C", "id": "3" }
  ],
  "env": { "x": { "kv_namespaces": [ { "binding": "D", "id": "4" }, { "binding": "OPEN"
`);
    assert.equal(config.problem?.line, 5);
    assert.deepEqual(
      config.bindings.map(({ name }) => name),
      ['A', 'B', 'C', 'D'],
    );
  });

  it('names what is missing or too much', async () => {
    const cases: [text: string, line: number, message: RegExp][] = [
      ['', 1, /empty/],
      ['\n {', 2, /“}”/],
      ['{\n"a" 1}', 2, /“:”/],
      ['{"a": 1\n"b": 2}', 2, /“,”/],
      ['[1', 1, /“\]”/],
      ['{"a": "b\n}', 1, /closing quote/],
      ['{a: 1}', 1, /property name|character/],
      ['{"a": "\\q"}', 1, /escape/],
      ['{} {}', 1, /nothing more/],
    ];
    for (const [text, line, message] of cases) {
      const { problem } = await jsonc(text);
      assert.match(problem?.message ?? '', message, text);
      assert.equal(problem?.line, line, text);
    }
  });

  it('takes the last of a property that comes twice, as JSON.parse does', async () => {
    const config = await jsonc('{ "kv_namespaces": [],\n"kv_namespaces": [\n{ "binding": "A", "id": "1" }] }');
    assert.deepEqual(config.bindings, [{ name: 'A', id: '1', line: 3 }]);
  });
});

describe('wrangler config, wrong types', () => {
  const cases: [name: string, json: unknown, names: string[], message: RegExp][] = [
    ['not an object', [1], [], /object/],
    ['name', { name: 1, kv_namespaces: [{ binding: 'A' }] }, ['A'], /^“name” must be text/],
    [
      'kv_namespaces',
      { kv_namespaces: {}, env: { x: { kv_namespaces: [{ binding: 'B' }] } } },
      ['B'],
      /^“kv_namespaces” must be a list/,
    ],
    ['an entry', { kv_namespaces: ['A', { binding: 'B' }] }, ['B'], /^“kv_namespaces\[0\]” must be a table/],
    ['no binding', { kv_namespaces: [{ id: '1' }, { binding: 'B' }] }, ['B'], /^“kv_namespaces\[0\]” has no “binding”/],
    [
      'binding',
      { kv_namespaces: [{ binding: '' }, { binding: 'B' }] },
      ['B'],
      /^“kv_namespaces\[0\]\.binding” must be text/,
    ],
    [
      'id',
      { kv_namespaces: [{ binding: 'A', id: 7 }, { binding: 'B' }] },
      ['B'],
      /^“kv_namespaces\[0\]\.id” must be text/,
    ],
    [
      'preview_id',
      { kv_namespaces: [{ binding: 'A', id: '1', preview_id: null }] },
      [],
      /^“kv_namespaces\[0\]\.preview_id”/,
    ],
    ['remote', { kv_namespaces: [{ binding: 'A', id: '1', remote: 'yes' }] }, ['A'], /\.remote” must be true or false/],
    ['env', { env: [], kv_namespaces: [{ binding: 'A' }] }, ['A'], /^“env” must be a table/],
    [
      'one environment',
      { env: { x: 1, y: { kv_namespaces: [{ binding: 'Y' }] } } },
      ['Y'],
      /^“env\.x” must be a table/,
    ],
    ['dev', { dev: true, kv_namespaces: [{ binding: 'A' }] }, ['A'], /^“dev” must be a table/],
    ['dev.port', { dev: { port: '80' }, kv_namespaces: [{ binding: 'A' }] }, ['A'], /^“dev\.port” must be a port/],
  ];
  for (const [name, json, names, message] of cases) {
    it(`names the place and keeps the rest: ${name}`, async () => {
      const config = await jsonc(JSON.stringify(json));
      assert.deepEqual(
        config.bindings.map((binding) => binding.name),
        names,
      );
      assert.match(config.problem?.message ?? '', message);
    });
  }

  it('gives the line of the place in TOML, and how many more there are', async () => {
    const config = await toml('[[kv_namespaces]]\nbinding = "A"\nid = 12\n\n[[kv_namespaces]]\nid = "x"\n');
    assert.deepEqual(config.problem, {
      message: '“kv_namespaces[0].id” must be text that is not empty. (1 more)',
      line: 3,
    });
  });
});

describe('reading a wrangler config', () => {
  it('reads a file and tells of one that cannot be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kv-config-'));
    try {
      const path = join(folder, 'wrangler.toml');
      await writeFile(path, 'name = "x"\n');
      assert.deepEqual(await readWranglerConfig(path), { path, folder, name: 'x', bindings: [] });
      assert.match((await readWranglerConfig(join(folder, 'gone.toml'))).problem?.message ?? '', /no longer there/);
      assert.match((await readWranglerConfig(folder)).problem?.message ?? '', /folder/);
      await writeFile(path, '#'.repeat(4_000_001));
      assert.match((await readWranglerConfig(path)).problem?.message ?? '', /larger than 4 MB/);
      await rm(path);
      makeNamedPipe(path);
      assert.match((await readWranglerConfig(path)).problem?.message ?? '', /not a file/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('waits for what is being written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kv-config-'));
    try {
      const path = join(folder, 'wrangler.toml');
      await writeFile(path, '');
      const reading = readWranglerConfig(path);
      await writeFile(path, 'name = "x"\n');
      assert.equal((await reading).name, 'x');
      await writeFile(path, '');
      assert.deepEqual(await readWranglerConfig(path), { path, folder, bindings: [] });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the names of the Workers of a wrangler config', () => {
  const names = async (config: Record<string, unknown>) => {
    const { name, environmentNames } = await jsonc(JSON.stringify(config));
    return [name, environmentNames];
  };

  it('are its own, and for each environment what that says, or its own with the environment behind it', async () => {
    const env = { staging: {}, live: { name: 'shop-of-today' } };
    assert.deepEqual(await names({ name: 'shop', env }), ['shop', ['shop-staging', 'shop-of-today']]);
    assert.deepEqual(await names({ env }), [undefined, ['shop-of-today']]);
    assert.deepEqual(await names({ name: 'shop' }), ['shop', undefined]);
  });
});

describe('a wrangler config of any size', () => {
  it('is read by one call of the parser, and gone through once for its lines', async () => {
    const entries = Array.from(
      { length: 300 },
      (_, i) => `[[env.e${i % 7}.kv_namespaces]]\nbinding = "KV_${i}"\nid = "${i}"`,
    );
    let parses = 0;
    const parsed = readToml(entries.join('\n\n'), {
      ...parsers,
      parseToml: (...args) => {
        parses++;
        return parsers.parseToml(...args);
      },
    });
    const { bindings } = readBindings(parsed);
    assert.equal(bindings.length, 300);
    for (const { name, line } of bindings) assert.equal(line, Number(name.slice(3)) * 4 + 1);
    assert.equal(parses, 1);
  });

  it('says that it is nested too deeply', async () => {
    // A parser that has run often before takes less of the stack for each level.
    for (const text of ['['.repeat(50_000), '{"a":'.repeat(50_000), '['.repeat(200_000)]) {
      const { bindings, problem } = await jsonc(text);
      assert.deepEqual([bindings, problem?.message], [[], 'It is nested too deeply.']);
    }
    assert.match((await toml(`a = ${'['.repeat(5000)}`)).problem?.message ?? '', /nested/);
  });
});
