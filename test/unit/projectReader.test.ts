import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { LocalSources } from '../../src/local/localSources.ts';
import { StateFolder } from '../../src/local/stateFolder.ts';
import { environmentsOf } from '../../src/wrangler/environments.ts';
import { findConfigs } from '../../src/wrangler/findConfigs.ts';
import { ProjectReader } from '../../src/wrangler/projectReader.ts';
import { parseWranglerConfig } from '../../src/wrangler/readConfig.ts';
import { readProjectText } from '../../src/wrangler/readProjectText.ts';
import { makeNamedPipe } from '../support/namedPipe.ts';

describe('where local KV lies', () => {
  let root: string;
  let sources: LocalSources;
  let reader: ProjectReader;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'kv-where-')));
    sources = new LocalSources();
    reader = new ProjectReader();
  });
  afterEach(() => {
    sources.dispose();
    rmSync(root, { recursive: true });
  });

  const write = (path: string, content: unknown) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const config = (name: string, bindings: Record<string, string>) => ({
    name,
    kv_namespaces: Object.entries(bindings).map(([binding, id]) => ({ binding, id })),
  });
  const keep = (folder: string) => mkdirSync(join(root, folder, '.wrangler', 'state', 'v3', 'kv'), { recursive: true });
  /** Each row: its label, where its data lies, its bindings, what is wrong. */
  const rows = async () => {
    const found = await findConfigs([root]);
    const { stateRoots } = found;
    const { stateFolders: statePlaces } = await reader.vite(found);
    sources.update({ workspaceFolders: [root], configs: await reader.read(found), stateRoots, statePlaces });
    return await Promise.all(
      sources.sources.map(async (source) => [
        source.label,
        relative(root, source.state.path),
        (await source.namespaces()).map(({ title }) => title).join(),
        ...source.problems.map(({ path, message }) => `${relative(root, path)}: ${message}`),
      ]),
    );
  };

  it('is the Vite root where Vite names the config, those of auxiliary Workers included', async () => {
    write('web/worker/wrangler.jsonc', config('shop', { KV: 'kv' }));
    write('web/jobs/wrangler.toml', 'name = "jobs"\nkv_namespaces = [{ binding = "QUEUE", id = "q" }]');
    write(
      'web/vite.config.ts',
      `import { cloudflare } from '@cloudflare/vite-plugin';
      // configPath: './old/wrangler.jsonc'
      export default { plugins: [cloudflare({ configPath: './worker/wrangler.jsonc',
        auxiliaryWorkers: [{ configPath: "./jobs/wrangler.toml" }] })] };`,
    );
    assert.deepEqual(await rows(), [['shop', 'web/.wrangler/state', 'KV,QUEUE']]);
    keep('web/worker');
    assert.deepEqual((await rows())[1], [
      'worker',
      'web/worker/.wrangler/state',
      '',
      `web/worker/wrangler.jsonc: The data here is used by nobody: Vite keeps that of this config in ${join(root, 'web')}.`,
    ]);
    write('web/vite.config.ts', 'export default {}');
    reader.forget(join(root, 'web', 'vite.config.ts'));
    assert.deepEqual(
      (await rows()).map(([label]) => label),
      ['jobs', 'shop'],
    );
  });

  it('is in the row that goes by the own Worker of the app, wherever Vite names the others', async () => {
    write('web/worker/wrangler.jsonc', config('shop', { KV: 'kv' }));
    write('web/jobs/wrangler.jsonc', config('jobs', { QUEUE: 'q' }));
    write('web/mail/wrangler.jsonc', config('mail', { SENT: 's' }));
    const auxiliary =
      "auxiliaryWorkers: [{ configPath: './mail/wrangler.jsonc', x: [1] }, { configPath: './jobs/wrangler.jsonc' }]";
    write('web/vite.config.ts', viteConfig(`{ ${auxiliary}, configPath: './worker/wrangler.jsonc' }`));
    assert.deepEqual(await rows(), [['shop', 'web/.wrangler/state', 'KV,SENT,QUEUE']]);
    rmSync(join(root, 'web', 'worker'), { recursive: true });
    write('web/wrangler.jsonc', config('beside', { KV: 'kv' }));
    write('web/vite.config.ts', viteConfig(`{ ${auxiliary} }`));
    reader.forgetAll();
    assert.deepEqual(await rows(), [['beside', 'web/.wrangler/state', 'KV,SENT,QUEUE']]);
  });

  it('is not known where Vite computes the path of the config, which is said with its line', async () => {
    write(
      'web/vite.config.ts',
      `import { cloudflare } from '@cloudflare/vite-plugin';
      /* configPath: old,
         two lines */
      const configPath = process.env.CONFIG ?? './a.jsonc';
      export default { plugins: [cloudflare({
        configPath,
        auxiliaryWorkers: [
          { configPath: './plain.jsonc' }, // configPath: comment
          { configPath: \`./\${name}.jsonc\` },
          { configPath: './base' + '.jsonc' },
          { configPath: "./last.jsonc" // no comma
          }] })] };`,
    );
    write('other/vite.config.ts', 'export default { configPath: some() };');
    const { hints } = await reader.vite(await findConfigs([root]));
    const path = join(root, 'web', 'vite.config.ts');
    assert.deepEqual(
      hints,
      [6, 9, 10].map((line) => ({ about: 'configPath', path, line, root: join(root, 'web') })),
    );
  });

  const viteConfig = (options: string): string =>
    `import { cloudflare } from '@cloudflare/vite-plugin';\nexport default { plugins: [cloudflare(${options})] };`;

  it('is where Vite is told to keep it, whatever lies in the usual place', async () => {
    write('web/wrangler.jsonc', config('shop', { KV: 'kv' }));
    write('web/vite.config.ts', viteConfig(`{ "persistState": { path: '../kept' /* shared */, } }`));
    assert.deepEqual(await rows(), [['shop', 'kept', 'KV']]);
    keep('web');
    assert.deepEqual(await rows(), [
      ['shop', 'kept', 'KV'],
      [
        'web',
        'web/.wrangler/state',
        '',
        `web/.wrangler/state: Only “wrangler dev” uses the data here: Vite keeps that of this folder in ${join(root, 'kept')}.`,
      ],
    ]);
    write('web/vite.config.ts', viteConfig('{ persistState: { path: ".wrangler/state" } }'));
    reader.forget(join(root, 'web', 'vite.config.ts'));
    assert.deepEqual(await rows(), [['shop', 'web/.wrangler/state', 'KV']]);
  });

  it('is where Vite is told to keep it, also for configs elsewhere, generated ones, and none', async () => {
    write('web/worker/wrangler.jsonc', config('shop', { KV: 'kv' }));
    write(
      'web/vite.config.ts',
      viteConfig('{ configPath: "./worker/wrangler.jsonc", persistState: {\n path: `./data`\n} }'),
    );
    write('web/dist/shop/wrangler.json', config('shop', { KV: 'kv', MORE: 'more' }));
    write('web/.wrangler/deploy/config.json', { configPath: '../../dist/shop/wrangler.json' });
    write('coded/vite.config.ts', viteConfig('{ persistState: { path: "kept" } }'));
    mkdirSync(join(root, 'coded', 'kept', 'v3', 'kv'), { recursive: true });
    assert.deepEqual(await rows(), [
      ['shop', 'web/data', 'KV,MORE'],
      ['coded', 'coded/kept', ''],
    ]);
  });

  it('is not known where Vite computes the folder or keeps nothing, which is said with its line', async () => {
    const hintsOf = async (options: string) => {
      write('web/vite.config.ts', viteConfig(options));
      reader.forgetAll();
      const { hints, stateFolders } = await reader.vite(await findConfigs([root]));
      return [...hints.map(({ about, line }) => `${about} ${line}`), ...stateFolders.values()].join();
    };
    for (const nothing of ['', '{ persistState: true }', '{ other: 1, // persistState: false\n}'])
      assert.equal(await hintsOf(nothing), '', nothing);
    assert.equal(await hintsOf('{ persistState: false }'), 'notKept 2');
    for (const computed of [
      'persistState',
      'persistState: state',
      'persistState: { path }',
      'persistState: { path: join(a, "b") }',
      `persistState: { path: \`\${a}/b\` }`,
      'persistState: { path: "a\\\\b" }',
      'persistState: { path: a + "b" }',
      'persistState: isOn ? true : { path: "a" }',
      'persistState: true && x',
      'persistState: { ...other }',
    ]) {
      assert.equal(await hintsOf(`{\n ${computed} }`), 'persistState 3', computed);
    }
  });

  describe('with a config that Vite names', () => {
    const usual = { 'web/wrangler.jsonc': config('shop', { KV: 'prodid' }) };
    const dev = { 'web/wrangler.dev.jsonc': config('shop', { KV: 'devid' }) };
    const naming = (path: string) => ({ 'web/vite.config.ts': viteConfig(`{ configPath: '${path}' }`) });
    /** Each row: where its data lies, its bindings with their ids, what is wrong. */
    const bound = async (files: Record<string, unknown>, folder = '.', options: { isTrusted?: boolean } = {}) => {
      for (const [path, content] of Object.entries(files)) write(path, content);
      reader.forgetAll();
      const workspace = join(root, folder);
      const found = await findConfigs([workspace]);
      const vite = await reader.vite(found);
      const configs = await reader.read(found, options.isTrusted === false ? [workspace] : undefined);
      sources.update({ workspaceFolders: [workspace], configs, statePlaces: vite.stateFolders, viteRoots: vite.roots });
      return await Promise.all(
        sources.sources.map(async (source) =>
          [
            relative(root, source.state.path),
            (await source.namespaces()).map(({ title, id }) => `${title}=${id}`).join(),
            ...source.problems.map(({ path, message }) => `${relative(root, path)}: ${message}`),
          ].join(' | '),
        ),
      );
    };
    const unused = (path: string, used: string) =>
      `web/${path}: Not used: the Vite config names ${used}. To use this one, name it there as configPath.`;

    it('has the bindings of that, whatever it is called, and not those of the usual one', async () => {
      const row = 'web/.wrangler/state | KV=devid';
      assert.deepEqual(await bound({ ...dev, ...naming('./wrangler.dev.jsonc') }), [row]);
      assert.deepEqual(await bound(usual), [`${row} | ${unused('wrangler.jsonc', 'wrangler.dev.jsonc')}`]);
      assert.deepEqual(await bound({ 'web/config/dev.toml': 'name = "shop"', ...naming('config/dev.toml') }), [
        `web/.wrangler/state |  | ${unused('wrangler.jsonc', 'config/dev.toml')}`,
      ]);
    });

    it('says of that one never that it is not used', async () => {
      const toml = 'name = "shop"\nkv_namespaces = [{ binding = "KV", id = "tomlid" }]';
      assert.deepEqual(await bound({ ...usual, 'web/wrangler.toml': toml, ...naming('./wrangler.toml') }), [
        `web/.wrangler/state | KV=tomlid | ${unused('wrangler.jsonc', 'wrangler.toml')}`,
      ]);
      write('web/vite.config.ts', viteConfig("{ auxiliaryWorkers: [{ configPath: './wrangler.toml' }] }"));
      assert.deepEqual(await bound({}), ['web/.wrangler/state | KV=prodid,KV=tomlid']);
    });

    it('finds it wherever it lies, and reads nothing outside of a workspace that is not trusted', async () => {
      const files = {
        'shared/wrangler.jsonc': config('shop', { KV: 'sharedid' }),
        ...naming('../shared/wrangler.jsonc'),
      };
      assert.deepEqual(await bound(files, 'web'), ['web/.wrangler/state | KV=sharedid']);
      assert.deepEqual(await bound({}, 'web', { isTrusted: false }), []);
      assert.deepEqual(await bound({}, '.', { isTrusted: false }), ['web/.wrangler/state | KV=sharedid']);
    });

    it('shows one that two apps name with both', async () => {
      const both = viteConfig("{ auxiliaryWorkers: [{ configPath: '../jobs/wrangler.jsonc' }] }");
      const files = {
        'jobs/wrangler.jsonc': config('jobs', { QUEUE: 'queue' }),
        'a/wrangler.jsonc': config('a', { A: 'a' }),
        'b/wrangler.jsonc': config('b', { B: 'b' }),
        'a/vite.config.ts': both,
        'b/vite.config.ts': both,
      };
      assert.deepEqual(await bound(files), [
        'a/.wrangler/state | A=a,QUEUE=queue',
        'b/.wrangler/state | B=b,QUEUE=queue',
      ]);
      // Each goes by its own Worker, also where each names the other.
      for (const [own, other] of ['ab', 'ba']) {
        const auxiliary = `auxiliaryWorkers: [{ configPath: '../${other}/wrangler.jsonc' }]`;
        write(`${own}/vite.config.ts`, viteConfig(`{ configPath: 'wrangler.jsonc', ${auxiliary} }`));
      }
      assert.deepEqual((await bound({})).slice(0, 2), ['a/.wrangler/state | A=a,B=b', 'b/.wrangler/state | B=b,A=a']);
      assert.deepEqual(
        sources.sources.map(({ label }) => label),
        ['a', 'b', 'jobs'],
      );
    });

    it('shows one with the app that uses it without naming it, also if another app names it', async () => {
      const files = {
        'a/wrangler.jsonc': config('a', { A: 'a' }),
        'a/vite.config.ts': viteConfig("{ auxiliaryWorkers: [{ configPath: '../b/wrangler.jsonc' }] }"),
        'b/wrangler.jsonc': config('b', { B: 'b' }),
        'b/vite.config.ts': viteConfig(''),
      };
      const rows = ['a/.wrangler/state | A=a,B=b', 'b/.wrangler/state | B=b'];
      assert.deepEqual(await bound(files), rows);
      const [, withOther] = await bound({ 'b/wrangler.toml': 'name = "other"' });
      assert.match(withOther ?? '', /^b\/\.wrangler\/state \| B=b \| b\/wrangler\.toml: Not used: wrangler takes/);
    });

    it('says where there is none, and then takes nothing from the usual one its bindings', async () => {
      const row =
        'web/.wrangler/state | KV=prodid | web/none.jsonc: There is no such file. Correct configPath in the Vite config.';
      assert.deepEqual(await bound({ ...usual, ...naming('./none.jsonc') }), [row]);
      mkdirSync(join(root, 'web', 'none.jsonc'));
      assert.deepEqual(await bound({}), [row]);
    });

    it('reads nothing that is no config', async () => {
      assert.deepEqual(await bound({ ...usual, ...naming('/dev/zero') }), ['web/.wrangler/state | KV=prodid']);
      symlinkSync('/dev/zero', join(root, 'web', 'zero.jsonc'));
      assert.match(
        (await bound(naming('./zero.jsonc')))[0] ?? '',
        /KV=prodid \| web\/zero.jsonc: There is no such file/,
      );
    });
  });

  it('is any folder that has state, also without a config', async () => {
    keep('pages');
    assert.deepEqual(await rows(), [['pages', 'pages/.wrangler/state', '']]);
  });

  it('is beside the pointer to a generated config, which adds what it binds besides', async () => {
    write('wrangler.jsonc', config('shop', { KV: 'kv' }));
    write('dist/shop/wrangler.json', config('shop', { KV: 'kv', MORE: 'more' }));
    write(
      '.wrangler/deploy/config.json',
      '{ "configPath": "../../dist/shop/wrangler.json", "auxiliaryWorkers": [{ "configPath": "../../dist/jobs/wrangler.json" }, {}], /* */ }',
    );
    write('dist/jobs/wrangler.json', config('jobs', { LATE: 'late' }));
    write('as-code/build/wrangler.json', config('coded', { CODED: 'c' }));
    write('as-code/.wrangler/deploy/config.json', { configPath: '../../build/wrangler.json' });
    write('broken/.wrangler/deploy/config.json', { configPath: '../../nowhere.json' });
    const [shop, ...others] = await rows();
    assert.deepEqual(shop, ['shop', '.wrangler/state', 'KV,MORE,LATE']);
    assert.deepEqual(
      others.find(([, place]) => place === 'as-code/.wrangler/state'),
      ['coded', 'as-code/.wrangler/state', 'CODED'],
    );
  });

  it('waits for no pointer to a generated config that is a pipe or leads to one', async () => {
    write('wrangler.jsonc', config('shop', { KV: 'kv' }));
    write('.wrangler/deploy/config.json', { configPath: '../../pipe.json' });
    makeNamedPipe(join(root, 'pipe.json'));
    const read = async () => {
      const redirects = [join(root, '.wrangler', 'deploy', 'config.json')];
      const configs = await reader.read({
        configs: [join(root, 'wrangler.jsonc')],
        viteConfigs: [],
        redirects,
        stateRoots: [],
      });
      return configs.map(({ path }) => relative(root, path));
    };
    assert.deepEqual(await read(), ['wrangler.jsonc']);
    rmSync(join(root, '.wrangler', 'deploy', 'config.json'));
    makeNamedPipe(join(root, '.wrangler', 'deploy', 'config.json'));
    reader.forgetAll();
    assert.deepEqual(await read(), ['wrangler.jsonc']);
  });

  it('has nothing of a generated config outside of a workspace that is not trusted', async () => {
    write('dist/wrangler.json', config('made', { KV: 'kv' }));
    write('web/.wrangler/deploy/config.json', { configPath: '../../../dist/wrangler.json' });
    const found = await findConfigs([join(root, 'web')]);
    const names = async (...within: [(readonly string[])?]) =>
      (await reader.read(found, ...within)).map(({ name }) => name);
    assert.deepEqual(await names(), ['made']);
    assert.deepEqual(await names([join(root, 'web')]), []);
    assert.deepEqual(await names([root]), ['made']);
    symlinkSync(join(root, 'dist', 'wrangler.json'), join(root, 'web', 'made.json'));
    write('web/.wrangler/deploy/config.json', { configPath: '../../made.json' });
    reader.forgetAll();
    assert.deepEqual(await names(), ['made']);
    assert.deepEqual(await names([join(root, 'web')]), []);
  });

  it('reads no link that leads out of a workspace that is not trusted', async () => {
    const plugin = "import { cloudflare } from '@cloudflare/vite-plugin'; export default { plugins: [cloudflare()] };";
    write('away/wrangler.jsonc', config('away', { KV: 'kv' }));
    write('away/vite.config.ts', plugin);
    write('away/redirect.json', { configPath: '../../../away/wrangler.jsonc' });
    write('web/own/wrangler.toml', 'name = "own"');
    write('web/.wrangler/deploy/.keep', '');
    for (const [target, link] of [
      ['away/wrangler.jsonc', 'web/wrangler.jsonc'],
      ['away/vite.config.ts', 'web/vite.config.ts'],
      ['away/redirect.json', 'web/.wrangler/deploy/config.json'],
    ] as const) {
      symlinkSync(join(root, target), join(root, link));
    }
    const found = await findConfigs([join(root, 'web')]);
    const read = async (...within: [(readonly string[])?]) =>
      (await reader.read(found, ...within)).map(({ name, isOutside, problem }) => [name, isOutside, problem?.message]);
    assert.deepEqual(await read(), [
      ['own', undefined, undefined],
      ['away', undefined, undefined],
    ]);
    const message = 'This leads out of the workspace, which is not trusted. Trust the workspace to use it.';
    assert.deepEqual(await read([join(root, 'web')]), [
      [undefined, true, message],
      ['own', undefined, undefined],
    ]);
  });

  it('reads no other file through a link that leads out', async () => {
    write('away/types.d.ts', 'KV: KVNamespace;');
    write('web/own.d.ts', 'OWN: KVNamespace;');
    const file = join(root, 'web', 'worker-configuration.d.ts');
    symlinkSync(join(root, 'away', 'types.d.ts'), file);
    assert.equal(await readProjectText(file), 'KV: KVNamespace;');
    assert.equal(await readProjectText(file, [root]), 'KV: KVNamespace;');
    assert.equal(await readProjectText(join(root, 'web', 'own.d.ts'), [join(root, 'web')]), 'OWN: KVNamespace;');
    const message = /This leads out of the workspace/;
    await assert.rejects(readProjectText(file, [join(root, 'web')]), { kind: 'unsupported', message });
    await assert.rejects(readProjectText(file, []), { kind: 'unsupported', message });
    write('away/wrangler.toml', '[env.secret]');
    symlinkSync(join(root, 'away', 'wrangler.toml'), join(root, 'web', 'wrangler.toml'));
    assert.deepEqual(await environmentsOf(join(root, 'web', 'wrangler.toml')), ['secret']);
    assert.equal(await environmentsOf(join(root, 'web', 'wrangler.toml'), [join(root, 'web')]), undefined);
  });

  it('has the bindings of the config that wrangler uses, and marks the others', async () => {
    write('wrangler.toml', 'name = "old"\nkv_namespaces = [{ binding = "OLD", id = "old" }]');
    write('wrangler.jsonc', config('new', { NEW: 'new' }));
    assert.deepEqual(await rows(), [
      [
        'new',
        '.wrangler/state',
        'NEW',
        'wrangler.toml: Not used: wrangler takes wrangler.jsonc in this folder. Delete one of them.',
      ],
    ]);
    write('wrangler.json', config('newest', {}));
    assert.equal((await rows())[0]?.length, 5);
  });

  it('is read again only where a file is said to have changed', async () => {
    write('wrangler.jsonc', config('one', {}));
    assert.equal((await rows())[0]?.[0], 'one');
    write('wrangler.jsonc', config('two', {}));
    assert.equal((await rows())[0]?.[0], 'one');
    reader.forget(join(root, 'wrangler.jsonc'));
    assert.equal((await rows())[0]?.[0], 'two');
  });

  it('is taken with v3/kv, with kv, or as the kv folder itself', () => {
    const database = 'miniflare-KVNamespaceObject';
    mkdirSync(join(root, 'a', 'v3', 'kv', database), { recursive: true });
    mkdirSync(join(root, 'b', 'kv', database), { recursive: true });
    const kvOf = (path: string) => relative(root, new StateFolder(join(root, path)).kv);
    assert.deepEqual(['a', 'a/v3', 'a/v3/kv', 'b', 'b/kv', 'new'].map(kvOf), [
      'a/v3/kv',
      'a/v3/kv',
      'a/v3/kv',
      'b/kv',
      'b/kv',
      'new/v3/kv',
    ]);
  });

  it('is hinted at where kv_namespaces stands in another table', async () => {
    const parsed = await parseWranglerConfig(
      '/x/wrangler.toml',
      'name = "a"\n[vars]\nA = 1\nkv_namespaces = [{ binding = "KV", id = "kv" }]\n',
    );
    assert.deepEqual(
      [parsed.bindings, parsed.problem],
      [
        [],
        {
          message: '“vars.kv_namespaces” binds nothing: move “kv_namespaces” above [vars], out of that table.',
          line: 4,
        },
      ],
    );
  });

  it('is never guessed from half an entry', async () => {
    const bindings = async (entry: string) => {
      const text = `kv_namespaces = [\n  { binding = "A", id = "a" },\n${entry}\n]\nname = "n"\n`;
      const parsed = await parseWranglerConfig('/x/wrangler.toml', text);
      assert.ok(parsed.problem);
      return parsed.bindings.map(({ name, id, previewId }) => [name, id, previewId]);
    };
    for (const entry of [
      '  { binding = "B", id = "b",\n    preview_id = "p\n  },',
      '  { binding = "B",\n    id = ,\n    preview_id = "p" },',
      '  { binding = "B",\n    id =\n  },',
      '  { binding = "B", id = "b"\n    , preview_id = p },',
    ]) {
      assert.deepEqual(await bindings(entry), [['A', 'a', undefined]], entry);
    }
  });
});
