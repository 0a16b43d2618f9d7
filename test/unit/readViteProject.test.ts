import assert from 'node:assert/strict';
import { readViteProject } from '../../src/wrangler/vite/readViteProject.ts';

describe('a config of Vite, read as code', () => {
  const PLUGIN = "import { cloudflare } from '@cloudflare/vite-plugin';";
  /** What is found of a config in `/w/app`, below it: root, configs, data, hints with their lines. */
  const read = (code: string, start = PLUGIN): string => {
    const found = readViteProject('/w/app/vite.config.ts', `${start}\n${code}`) ?? assert.fail();
    const { root: top, own, auxiliary, stateFolder, hints } = found;
    const places = [top, ...own, ...auxiliary, ...(stateFolder === undefined ? [] : [`data ${stateFolder}`])];
    return [...places, ...hints.map(({ about, line }) => `${about} ${line}`)].join(' ').replaceAll('/w/app', '.');
  };
  const calls = "plugins: [cloudflare({ configPath: './w.jsonc' })]";

  it('has the root of the config that is exported, and no other', () => {
    for (const code of [
      `export default defineConfig({ test: { root: './tests' }, ${calls}, root: 'web' })`,
      `const r = resolve(root, 'x');\nexport default { "root": 'web' as const, ${calls} } satisfies UserConfig;`,
      `export default defineConfig({ server: { proxy: { '/api': { root: '/srv' } } }, root: \`web\`, ${calls} })`,
      `export default defineConfig(({ mode }) => ({ root: 'web', ${calls} }))`,
      `export default defineConfig(async () => {\n if (x) {\n return { root: 'web' } }\n return { root: ('web'), ${calls} } })`,
      `const root = 'web'\nconst config: UserConfig = {\n root, ${calls} }\nexport default config`,
      `const base = { root: 'web' };\nmodule.exports = { ...base, ${calls} };`,
      `export default mergeConfig(base, { root: 'web', ${calls} })`,
      `export default (isOn ? { root: 'web', ${calls} } : { root: 'web' })`,
      `export default defineConfig(function () { const x = { root: 'no' }; return { root: 'web', ${calls} }; })`,
    ]) {
      assert.equal(read(code), './web ./web/w.jsonc', code);
    }
    assert.equal(read(`const other = { root: 'web' };\nexport default { ${calls} };`), '. ./w.jsonc');
  });

  it('has no root where that is computed, which is said, and nothing that lies beside it', () => {
    for (const root of [
      "resolve(import.meta.dirname, 'web')",
      `\`\${a}/b\``,
      "isOn ? 'a' : 'b'",
      'unknown',
      "'a' + b",
    ]) {
      const code = `export default {\n root: ${root}, plugins: [cloudflare({ configPath: '../w.jsonc', persistState: { path: '/kept' } })] }`;
      assert.equal(read(code), '. data /kept root 3', root);
    }
    assert.equal(read(`export default isOn ? { root: 'a', ${calls} } :\n { root: 'b' }`), '. root 3');
  });

  it('goes by what the plugin is given alone, whatever it is called', () => {
    const options = "({ configPath: './w.jsonc', persistState: { path: './kept' } })";
    const from = "from '@cloudflare/vite-plugin'";
    for (const [start, name] of [
      [PLUGIN, 'cloudflare'],
      [`import { other, cloudflare as cf } ${from}`, 'cf'],
      [`import * as worker ${from};`, 'worker.cloudflare'],
      ["const { cloudflare: cf } = require('@cloudflare/vite-plugin')", 'cf'],
      ["const worker = await import('@cloudflare/vite-plugin');", 'worker.cloudflare'],
      ['', "(await import('@cloudflare/vite-plugin')).cloudflare"],
    ] as const) {
      const code = `const { configPath } = x;\nexport default { plugins: [tailwind({ configPath: './tailwind.config.js' }), ${name}${options}] }`;
      assert.equal(read(code, start), '. ./w.jsonc data ./kept', start);
    }
    const apart = "const kept = { path: './kept' };\nconst options = { configPath: './w.jsonc', persistState: kept };";
    assert.equal(read(`${apart}\nexport default { plugins: [cloudflare(options)] }`), '. ./w.jsonc data ./kept');
    const isKept = "cloudflare({ persistState: { path: 'a' } })";
    assert.equal(read(`export default { plugins: [isOn ? ${isKept} : cloudflare()] }`), '. persistState 2');
  });

  const web = `{ root: 'web', ${calls} }`;

  it('is followed wherever it is written out', () => {
    for (const code of [
      `function config() { return ${web} }\nexport default defineConfig(config);`,
      `export default defineConfig(config);\nfunction config() { return ${web} }`,
      `function make() { return ${web} }\nexport default make();`,
      `export default function () { return ${web} }`,
      `const make = async (env: ConfigEnv): Promise<UserConfig> => (${web});\nexport default make;`,
      `let config: UserConfig = ${web};\nexport default config;`,
      `let config;\nconfig = ${web};\nexport default config;`,
      `const config: Record<string, unknown> = ${web};\nexport default config;`,
      `const config = ${web};\nexport { config as default };`,
      `exports.default = ${web};`,
      `module.exports.default = ${web};`,
      `export default (async () => { return ${web} })();`,
      `export default (() => (${web}))();`,
      `export default Object.freeze(${web});`,
      `export default Object.assign({}, { root: 'no' }, ${web});`,
      `import { defineConfig as define } from 'vite';\nexport default define(${web});`,
      `import { mergeConfig } from 'vite';\nexport default mergeConfig(${web}, { root: undefined, base: '/' });`,
      `const same = <T,>(value: T): T => value;\nexport default same(${web});`,
      `const inRoot = (root: string) => ({ root, ${calls} });\nexport default inRoot('web');`,
      `const inRoot = (root = 'web') => ({ root, ${calls} });\nexport default inRoot();`,
      `const paths = { root: 'web' } as const;\nexport default { root: paths.root, ${calls} };`,
      `const { root } = { root: 'web' };\nexport default { root, ${calls} };`,
      `export default { ['root']: 'web', ${calls} };`,
      `export default { ...(isOn ? { base: '/' } : {}), root: 'web', ...(isOn && { base: '/' }), ${calls} };`,
      `const isOn = true;\nexport default isOn ? ${web} : other;`,
      `export default defineConfig(({ mode }) => { switch (mode) { case 'a': return ${web}; default: return { root: './web' } } })`,
      `function other() { const root = 'no'; return root }\nconst root = 'web';\nexport default { root, ${calls} };`,
      `const config = ${web};\nconfig.base = '/';\nconsole.log(config);\nexport default config;`,
    ]) {
      assert.equal(read(code), './web ./web/w.jsonc', code);
    }
  });

  it('has the folder of the config as its root where it names that', () => {
    for (const root of ['__dirname', 'import.meta.dirname', 'process.cwd()', "''", "'.'", 'undefined']) {
      assert.equal(read(`export default { root: ${root}, ${calls} };`), '. ./w.jsonc', root);
    }
  });

  it('says of an exported value that cannot be followed that nobody knows its root', () => {
    for (const code of [
      `import { make } from './make';\nexport default make(${web});`,
      `import config from './config';\n\nexport default { ...config, ${calls} };`,
      `export { default } from './config';\nexport const x = 1;`,
      `const config = { ${calls} };\nconfig.root = 'web';\nexport default config;`,
      `const config = { ${calls} };\n(config as any)['root'] = 'web';\nexport default config;`,
      `const config = { ${calls} };\nObject.assign(config, { root: 'web' });\nexport default config;`,
      `const config = { ${calls} };\nconst same = config; same.root = 'web';\nexport default config;`,
      `const config = { ${calls} };\nchange(config);\nexport default config;`,
      `const config = { ${calls} };\nset(config); function set(one) { one.root = 'web' }\nexport default config;`,
      `export default { ...(isOn ? { root: 'docs' } : {}), ${calls} };`,
      `export default { get root() { return 'web' }, ${calls} };`,
      `export default { [name]: 'web', ${calls} };`,
      `const root = 'tests';\nexport default defineConfig(({ root }) => ({ root, ${calls} }));`,
      `import { root } from './paths';\nfunction x() { const root = 'tests'; }\nexport default { root, ${calls} };`,
      `let root = 'a'; if (isOn) root = 'b';\nexport default { root, ${calls} };`,
      `export default { root, ${calls} };\nvar root = 'web';`,
      `export default withDocs({ ${calls} }, { root: './docs' });`,
      `const rootOf = (mode) => { if (mode) return 'web' };\nexport default { root: rootOf(x), ${calls} };`,
      `const inRoot = (root) => ({ root });\nexport default isOn ? inRoot('a') : inRoot('b');`,
    ]) {
      assert.match(read(code), /^\.(?: root \d)+$/, code);
    }
  });

  it('says of each option that it cannot follow which it is, and of no other', () => {
    const told = (options: string, before = ''): string =>
      read(`${before}\nexport default { plugins: [cloudflare(${options})] };`);
    const kept = "persistState: { path: './kept' }";
    const path = "configPath: './w.jsonc'";
    for (const [options, found, before] of [
      ['some()', 'configPath 3 persistState 3'],
      ['{ ...some }', 'configPath 3 persistState 3'],
      ['...some', 'configPath 3 persistState 3'],
      [`{ ...(E2E ? { ${path} } : {}), persistState: true }`, 'configPath 3'],
      [`{ ...shared, ${kept} }`, 'data ./kept configPath 3', "import { shared } from './shared';"],
      [
        `{ ...shared, ${path}, auxiliaryWorkers: [] }`,
        './w.jsonc persistState 3',
        "import { shared } from './shared';",
      ],
      [`{ ${path}, ...(CI && { inspectorPort: false }) }`, './w.jsonc'],
      ['options', './w.jsonc', `const options: Partial<Record<'configPath', string>> = { ${path} };`],
      ['{ persistState: kept }', 'data ./kept', "const kept: Pick<X, 'path'> = { path: './kept' };"],
      [`Object.freeze({ ${path} })`, './w.jsonc'],
      ['{ persistState: undefined, configPath: undefined }', ''],
      ['undefined', ''],
      ['options', 'data ./kept configPath 2', `const options = { ${kept} }; options.configPath = './w.jsonc';`],
      ['{ auxiliaryWorkers: all }', 'configPath 3', "const all = []; all.push({ configPath: './w.jsonc' });"],
      [`{ auxiliaryWorkers: [{ ${path} }, ...(isOn ? [{ configPath: 'b.toml' }] : [])] }`, './w.jsonc configPath 3'],
      [`{ auxiliaryWorkers: [...(isOn ? [{ ${path} }] : [{ ${path} }]), { name: 'x' }] }`, './w.jsonc'],
    ] as const) {
      assert.equal(told(options, before), found === '' ? '.' : `. ${found}`, options);
    }
  });

  it('is told what it is by any way to call it', () => {
    for (const code of [
      "export default { plugins: [cloudflare?.({ configPath: './w.jsonc' })] };",
      "const cf = cloudflare;\nexport default { plugins: [cf({ configPath: './w.jsonc' })] };",
      "const cf = (more) => cloudflare({ viteEnvironment: { name: 'ssr' }, ...more });\nexport default { plugins: [cf({ configPath: './w.jsonc' })] };",
      "export default { plugins: [cloudflare<X>({ configPath: './w.jsonc' } as Y)!] };",
    ]) {
      assert.equal(read(code), '. ./w.jsonc', code);
    }
    const lost = "export default { plugins: [cloudflare].map((one) => one({ configPath: './w.jsonc' })) };";
    assert.equal(read(lost), '. configPath 2 persistState 2');
    assert.equal(read('const options: Parameters<typeof cloudflare>[0] = {};\nexport default {};'), '.');
    const then = "import('@cloudflare/vite-plugin').then(";
    for (const code of [
      `export default ${then}({ cloudflare: cf }) => ({ plugins: [cf({ configPath: './w.jsonc' })] }));`,
      `export default ${then}(m) => ({ plugins: [m.cloudflare({ configPath: './w.jsonc' })] }));`,
    ]) {
      assert.equal(read(code, ''), '. ./w.jsonc', code);
    }
    const other = "const mine = { cloudflare: (x) => x };\nmine.cloudflare({ configPath: './no.jsonc' });";
    assert.equal(read(`${other}\nexport default { ${calls} };`), '. ./w.jsonc');
  });

  it('tells strings, templates, patterns and comments from code', () => {
    for (const noise of [
      "include: ['src/*'], exclude: ['**/nothing']",
      `x: \`\${{ a: '}\`' }} /* \` + b, y: /[/'"]\\/ {/, z: a / b / c`,
      "/* root: 'a' */ url: 'http://x', // root: 'b'\n  u: \"it's /*\"",
      `alias: { '@/*': './src/*' }, b: 'a/*/b', t: \`\${\`\${'\`'}\`}\``,
    ]) {
      const code = `export default { ${noise}, root: 'web', ${calls}, ${noise}\n }`;
      assert.equal(read(code), './web ./web/w.jsonc', noise);
    }
  });

  it('is read to its end, however broken or deep it is', () => {
    const deep = '['.repeat(20_000);
    for (const code of ['export default {', 'export default', "}}) ' ` /", `${deep}`])
      assert.equal(read(code), '.', code.slice(0, 50));
    assert.equal(read('const a = {...b}, b = {...a};\nexport default a'), '. root 2');
    assert.equal(read('const f = () => g(), g = () => f();\nexport default f()'), '. root 2');
    const twice = Array.from({ length: 40 }, (_, i) => `const a${i} = { ...a${i + 1}, ...a${i + 1} };`).join('\n');
    assert.equal(read(`${twice}\nconst a40 = {};\nexport default a0`), '.');
    const long = Array.from({ length: 3000 }, (_, i) => `const a${i} = { ...a${i + 1} };`).join('\n');
    assert.match(read(`${long}\nexport default a0`), /^\. root/);
    const aliases = Array.from({ length: 5000 }, (_, i) => `const a${i + 1} = a${i};`).join('\n');
    assert.match(read(`const a0 = { root: 'web' };\n${aliases}\na5000.root = 'other';\nexport default a0`), /^\. root/);
  });

  it('is read quickly, however often its parts refer to each other', function () {
    this.timeout(10_000);
    const each = (count: number, line: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => line(i)).join('\n');
    const called = each(40, (i) => `function f${i + 1}() { f${i}(); f${i}(); return 1 }`);
    const late = `let root;\nroot = 'web';\nfunction f0() { return root }\n${called}\nf40();`;
    assert.equal(read(`${late}\nexport default { root: f0(), ${calls} };`), './web ./web/w.jsonc');

    const returned = each(40, (i) => `const f${i + 1} = () => isOn ? f${i} : f${i};`);
    assert.equal(
      read(`const f0 = () => ({ root: 'web', ${calls} });\n${returned}\nexport default f40`),
      './web ./web/w.jsonc',
    );
    assert.equal(read(`const f = () => f;\nexport default f;\nexport const x = { ${calls} };`), '. ./w.jsonc');

    const objects = each(40, (i) => `const o${i + 1} = { ...(isOn ? o${i} : o${i}) };`);
    assert.match(read(`const o0 = { root: 'web' };\n${objects}\nexport default o40`), /^\. root \d+$/);

    const auxiliary = (list: string) =>
      read(`${list}\nexport default { plugins: [cloudflare({ auxiliaryWorkers: l })] }`);
    const lists = each(40, (i) => `const l${i + 1} = [...l${i}, ...l${i}];`);
    assert.match(
      auxiliary(`const l0 = [{ configPath: './a.jsonc' }];\n${lists}\nconst l = l40;`),
      /^\. (?:\S+ )*configPath \d+$/,
    );
    assert.match(auxiliary('const l = [...l];'), /^\. configPath \d+$/);
    const chain = each(3000, (i) => `const l${i + 1} = [...l${i}];`);
    assert.match(auxiliary(`const l0 = [];\n${chain}\nconst l = l3000;`), /^\. configPath \d+$/);
    const functions = each(3000, (i) => `const f${i + 1} = () => f${i};`);
    assert.equal(read(`const f0 = () => ({ root: 'web' });\n${functions}\nexport default f3000`), './web');
  });
});
