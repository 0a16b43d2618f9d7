import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KvError } from '../../src/core/base/errors.ts';
import { checkData } from '../../src/core/check/checkData.ts';
import { costItem } from '../../src/core/check/cost.ts';
import { isShortLived } from '../../src/core/check/isShortLived.ts';
import { type CheckItem, checkIds, item, merged } from '../../src/core/check/item.ts';
import { secretIn, secretSteps } from '../../src/core/check/secretForms.ts';
import { WriteRates, writeRateItem } from '../../src/core/check/writeRates.ts';
import type { KvEntry, KvKeyInfo } from '../../src/core/entry/entry.ts';
import type { ActivityEvent } from '../../src/core/store/activity.ts';
import { analyse } from '../../src/language/code/analysis.ts';
import { check } from '../../src/language/code/diagnostics/check.ts';
import { practiceItems, type UnseenCode } from '../../src/language/code/practiceItems.ts';
import { practicesIn } from '../../src/language/code/practices.ts';
import { configItems } from '../../src/wrangler/check/configItems.ts';
import { parseRemotes, type Remotes, remotesOf } from '../../src/wrangler/check/gitRemotes.ts';
import { readOutline } from '../../src/wrangler/outline.ts';
import * as parsers from '../../src/wrangler/parsers.lazy.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const REAL = '0f2ac74b498b48028cb68387c421e279';
const OTHER = '1f2ac74b498b48028cb68387c421e279';
const NONE: Remotes = { kind: 'none' };

const states = (items: readonly CheckItem[]): Record<string, string> =>
  Object.fromEntries(items.map(({ id, state }) => [id, state]));

const itemOf = (items: readonly CheckItem[], id: string): CheckItem => {
  const found = items.find((one) => one.id === id);
  assert.ok(found, id);
  return found;
};

const ofConfig = (value: unknown, { remotes = NONE, types }: { remotes?: Remotes; types?: string } = {}) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  const path = '/shop/wrangler.jsonc';
  const outline = readOutline(path, text, parsers);
  const items = configItems([{ path, text, outline, remotes, ...(types !== undefined && { types }) }]);
  const marked = (id: string): string[] =>
    itemOf(items, id).evidence.flatMap(({ place }) => {
      const line = text.split('\n')[place?.range.start.line ?? -1];
      return place && line !== undefined ? line.slice(place.range.start.character, place.range.end.character) : [];
    });
  return { items, marked, item: (id: string) => itemOf(items, id) };
};

const kv = (...list: unknown[]) => ({ kv_namespaces: list });

describe('Check of a config', () => {
  it('namespaces of one’s own to develop with: by a preview_id, or an environment', () => {
    const state = (value: unknown) => ofConfig(value).item('separate-namespaces').state;
    assert.equal(state(kv({ binding: 'A', id: REAL, preview_id: OTHER })), 'passed');
    assert.equal(state({ ...kv({ binding: 'A', id: REAL }), env: { dev: kv({ binding: 'A', id: OTHER }) } }), 'passed');
    assert.equal(state(kv({ binding: 'A', id: REAL })), 'failed');
    assert.equal(state(kv({ binding: 'A', id: REAL, preview_id: REAL })), 'failed');
    assert.equal(state({ ...kv({ binding: 'A', id: REAL }), env: { dev: kv({ binding: 'A', id: REAL }) } }), 'failed');
    assert.equal(state(kv({ binding: 'A' })), 'unknown');
    assert.equal(state({}), 'unknown');
    assert.deepEqual(ofConfig({}).item('separate-namespaces').evidence, [{ text: 'The config has no KV bindings.' }]);
    assert.equal(state('{ "kv_namespaces": ['), 'unknown');
  });

  it('a binding without an ID has a namespace of its own', () => {
    const state = (value: unknown) => ofConfig(value).item('separate-namespaces').state;
    const env = { production: kv({ binding: 'A', id: REAL }) };
    assert.equal(state({ ...kv({ binding: 'A' }), env }), 'passed');
    assert.equal(state({ ...kv({ binding: 'A', id: REAL }), env: { dev: kv({ binding: 'A' }) } }), 'passed');
    assert.equal(state({ ...kv({ binding: 'B' }), env }), 'failed');
    // Twice in one list it is no other one.
    assert.equal(state(kv({ binding: 'A', id: REAL }, { binding: 'A', id: REAL })), 'failed');
    assert.equal(state(kv({ binding: 'A', id: REAL }, { binding: 'A', id: OTHER })), 'unknown');
  });

  it('a preview_id is compared with every ID of the config', () => {
    const own = { binding: 'A', id: REAL, preview_id: OTHER };
    const judge = (value: unknown) => ofConfig(value).item('separate-namespaces');
    const state = (environment: string) =>
      judge({ ...kv(own), env: { [environment]: kv({ binding: 'A', id: OTHER }) } }).state;
    assert.equal(state('production'), 'failed');
    assert.equal(state('dev'), 'passed');
    assert.equal(state('eu'), 'unknown');
    // The other binding of the top level is production’s.
    const crossed = judge(kv(own, { binding: 'B', id: OTHER, preview_id: '2'.repeat(32) }));
    assert.deepEqual(
      [crossed.state, crossed.evidence.map(({ text }) => text)],
      ['failed', ['“preview_id” of “A” is the namespace of “B” in the top level.']],
    );
    const top = (environment: string) =>
      judge({ ...kv({ binding: 'A', id: OTHER }), env: { [environment]: kv(own) } }).state;
    assert.deepEqual([top('dev'), top('production')], ['failed', 'unknown']);
  });

  it('an ID is compared with every ID of the config, whatever the bindings are called', () => {
    const [third, fourth] = ['2'.repeat(32), '3'.repeat(32)];
    const pair = (a: string, b: string) => kv({ binding: 'A', id: a }, { binding: 'B', id: b });
    const judge = (value: unknown) => {
      const { state, evidence } = ofConfig(value).item('separate-namespaces');
      return [state, ...evidence.map(({ text }) => text)];
    };
    const production = pair(REAL, OTHER);
    assert.deepEqual(judge({ ...production, env: { dev: pair(OTHER, third) } }), [
      'failed',
      '“A” in the environment “dev” is the namespace of “B” in the top level.',
    ]);
    assert.deepEqual(judge({ env: { production, dev: pair(OTHER, REAL) } }), [
      'failed',
      '“A” in the environment “dev” is the namespace of “B” in the environment “production”.',
      '“B” in the environment “dev” is the namespace of “A” in the environment “production”.',
    ]);
    assert.deepEqual(judge({ env: { production, dev: pair(third, fourth) } })[0], 'passed');
    // Those that develop may share.
    assert.equal(judge({ ...production, env: { dev: pair(third, fourth), test: pair(fourth, third) } })[0], 'passed');
    const either = judge({ env: { production, eu: pair(OTHER, third), dev: pair(third, fourth) } });
    assert.deepEqual(either, [
      'unknown',
      '“A” in the environment “eu” is the namespace of “B” in the environment “production”.',
      '“A” in the environment “dev” is the namespace of “B” in the environment “eu”.',
      'Which of these are production, and which are to develop with, cannot be told.',
    ]);
    const same = judge({ ...production, env: { eu: pair(REAL, third), dev: pair(fourth, fourth) } });
    assert.deepEqual(
      [same[0], same[1]],
      ['unknown', '“A” is the same namespace in the top level and in the environment “eu”.'],
    );
  });

  it('a preview_id that is the ID beside it is only of concern in production', () => {
    const judge = (value: unknown) => {
      const { state, evidence } = ofConfig(value).item('separate-namespaces');
      return [state, ...evidence.map(({ text }) => text)];
    };
    const top = kv({ binding: 'A', id: REAL, preview_id: '2'.repeat(32) });
    const both = kv({ binding: 'A', id: OTHER, preview_id: OTHER });
    const same = '“preview_id” of “A” is the namespace of its “id”.';
    assert.equal(judge({ ...top, env: { dev: both } })[0], 'passed');
    assert.deepEqual(judge({ ...top, env: { production: both } }), ['failed', same]);
    assert.deepEqual(judge({ ...top, env: { eu: both } }), [
      'unknown',
      same,
      'Which of these are production, and which are to develop with, cannot be told.',
    ]);
  });

  it('several namespaces are no help to development if all are production’s', () => {
    const judge = (...environments: string[]) => {
      const env = environments.map((name, index) => [name, kv({ binding: 'A', id: `${index}`.repeat(32) })]);
      const { state, evidence } = ofConfig({ env: Object.fromEntries(env) }).item('separate-namespaces');
      return [state, ...evidence.map(({ text }) => text)];
    };
    assert.deepEqual(judge('production', 'live'), [
      'failed',
      '“A” has no “preview_id”, and all its namespaces are for production.',
    ]);
    assert.deepEqual(judge('production', 'eu'), [
      'unknown',
      '“A” has no “preview_id”, and more than one namespace.',
      'Which of these are production, and which are to develop with, cannot be told.',
    ]);
    assert.equal(judge('production', 'live', 'dev')[0], 'passed');
    // “wrangler dev” uses the top level if it is not told otherwise.
    const top = kv({ binding: 'A', id: REAL });
    assert.equal(
      ofConfig({ ...top, env: { production: kv({ binding: 'A', id: OTHER }) } }).item('separate-namespaces').state,
      'passed',
    );
  });

  it('a binding of development alone needs no other namespace', () => {
    const env = { dev: kv({ binding: 'A', id: OTHER }, { binding: 'B', id: '2'.repeat(32) }) };
    assert.equal(ofConfig({ ...kv({ binding: 'A', id: REAL }), env }).item('separate-namespaces').state, 'passed');
  });

  it('knows nothing of environments that are no tables', () => {
    const top = kv({ binding: 'A', id: REAL });
    for (const odd of [{ env: { dev: null } }, { env: [top] }, { env: 'x' }, { env: { dev: [] } }, { env: null }]) {
      const { item } = ofConfig({ ...top, ...odd });
      assert.deepEqual(
        [item('environments').state, item('separate-namespaces').state],
        ['unknown', 'unknown'],
        JSON.stringify(odd),
      );
    }
    assert.equal(ofConfig('[]').item('environments').state, 'unknown');
    const other = kv({ binding: 'A', id: OTHER, preview_id: OTHER });
    assert.equal(ofConfig({ ...other, env: { dev: null } }).item('separate-namespaces').state, 'failed');
  });

  it('marks what is not separate where it stands', () => {
    const shared = ofConfig({ ...kv({ binding: 'A', id: REAL }), env: { dev: kv({ binding: 'A', id: REAL }) } });
    assert.deepEqual(shared.marked('separate-namespaces'), [`"${REAL}"`]);
    assert.equal(shared.item('separate-namespaces').evidence[0]?.place?.problem, 'shared-id');
    const alone = ofConfig(kv({ binding: 'A', id: REAL }));
    assert.deepEqual(alone.marked('separate-namespaces'), ['"A"']);
    // It is marked already.
    const preview = ofConfig(kv({ binding: 'A', id: REAL, preview_id: REAL }));
    assert.equal(preview.item('separate-namespaces').evidence[0]?.place?.problem, undefined);
  });

  it('environments with the bindings of the top level', () => {
    const state = (value: unknown) => ofConfig(value).item('environments').state;
    const top = kv({ binding: 'A', id: REAL }, { binding: 'B', id: OTHER });
    assert.equal(state(top), 'passed');
    assert.equal(state({ ...top, env: { dev: top } }), 'passed');
    assert.equal(state({ ...top, env: { dev: {} } }), 'failed');
    assert.equal(state({ ...top, env: { dev: kv({ binding: 'A', id: OTHER }) } }), 'failed');
    assert.equal(state({ ...top, env: { dev: { kv_namespaces: 1 } } }), 'unknown');
    assert.deepEqual(ofConfig({ ...top, env: { dev: {} } }).marked('environments'), ['"dev"']);
  });

  it('IDs in a repository that others can read', () => {
    const state = (remotes: Remotes, id = REAL) =>
      ofConfig(kv({ binding: 'A', id }), { remotes }).item('public-ids').state;
    const read = (...urls: string[]): Remotes => ({
      kind: 'read',
      ...parseRemotes(urls.map((url) => `[remote "o"]\n\turl = ${url}`).join('\n')),
    });
    assert.equal(state(NONE), 'passed');
    assert.equal(state({ kind: 'unreadable' }), 'unknown');
    assert.equal(state(read()), 'passed');
    assert.equal(state(read('../other')), 'passed');
    assert.equal(state(read('git@git.example.internal:shop.git')), 'passed');
    assert.equal(state(read('https://github.com/acme/shop.git')), 'unknown');
    assert.equal(state(read('git@github.com:acme/shop.git')), 'unknown');
    assert.equal(state(read('https://github.com/acme/shop.git'), 'sessions'), 'passed');
    assert.equal(state(read('https://github.com/a/b', 'git://example.com/a/b')), 'failed');
    assert.equal(state({ kind: 'read', remotes: [], hasMore: true }), 'unknown');
  });

  it('IDs of an account that stand anywhere in the config', () => {
    const judge = (value: unknown, url = 'https://github.com/acme/shop.git') => {
      const remotes: Remotes = { kind: 'read', ...parseRemotes(`[remote "o"]\n\turl = ${url}`) };
      const checked = ofConfig(value, { remotes });
      return { state: checked.item('public-ids').state, marked: checked.marked('public-ids') };
    };
    const named = { account_id: REAL, ...kv({ binding: 'A' }) };
    assert.deepEqual(judge(named), { state: 'unknown', marked: [`"${REAL}"`] });
    assert.deepEqual(judge(named, 'git://example.com/a'), { state: 'failed', marked: [`"${REAL}"`] });
    assert.equal(judge({ env: { dev: { account_id: REAL } } }, 'git://example.com/a').state, 'failed');
    for (const odd of [
      { kv_namespaces: { A: { id: REAL } } },
      { ...kv({ binding: 'A' }), env: { dev: { kv_namespaces: { A: REAL } } } },
      { ...kv({ binding: 'A' }), env: [kv({ binding: 'A', id: REAL })] },
      `{ "kv_namespaces": [{ "binding": "A" }] } // was ${REAL}`,
    ]) {
      for (const url of ['https://github.com/a/b', 'git://example.com/a']) {
        assert.deepEqual(judge(odd, url), { state: 'unknown', marked: [REAL] }, JSON.stringify(odd));
      }
      assert.equal(judge(odd, '../other').state, 'passed');
    }
    assert.equal(judge({ kv_namespaces: { A: 'x' } }).state, 'unknown');
    const none = { ...kv({ binding: 'A', id: 'a' }), compatibility_date: '2026-01-01', hash: REAL + REAL };
    assert.equal(judge(none).state, 'passed');
  });

  it('never shows what stands before the host of a remote', () => {
    const remotes: Remotes = {
      kind: 'read',
      ...parseRemotes('[remote "o"]\nurl = https://anna:secret@github.com/a/b'),
    };
    const { evidence } = ofConfig(kv({ binding: 'A', id: REAL }), { remotes }).item('public-ids');
    assert.match(evidence[0]?.text ?? '', /github\.com\/a\/b/);
    assert.doesNotMatch(JSON.stringify(evidence), /secret|anna/);
  });

  it('types that are up to date', () => {
    const state = (types?: string) =>
      ofConfig(kv({ binding: 'A', id: REAL }), types === undefined ? {} : { types }).item('types').state;
    const made = (args: string, ...names: string[]) =>
      `/* eslint-disable */\n// Generated by Wrangler by running \`wrangler types${args}\` (hash: 1)\ninterface Env {\n${names
        .map((name) => `\t${name}: KVNamespace;`)
        .join('\n')}\n}\n`;
    assert.equal(state(), 'unknown');
    assert.equal(state('interface Env {}'), 'unknown');
    assert.equal(state(made('', 'A')), 'passed');
    assert.equal(state(made('')), 'failed');
    assert.equal(state(made('', 'A', 'B')), 'failed');
    assert.equal(state(made(' -c other.toml', 'A')), 'unknown');
  });

  it('types that were made for one environment', () => {
    const state = (args: string, ...names: string[]) => {
      const config = { ...kv({ binding: 'A', id: REAL }, { binding: 'TOP', id: REAL }) };
      const types =
        `/* eslint-disable */\n// Generated by Wrangler by running \`wrangler types ${args}\` (hash: 1)\ninterface Env {\n` +
        `${names.map((name) => `\t${name}: KVNamespace;`).join('\n')}\n}\n`;
      const env = { production: kv({ binding: 'A', id: OTHER }) };
      return ofConfig({ ...config, env }, { types }).item('types').state;
    };
    assert.equal(state('--env=production', 'A'), 'passed');
    assert.equal(state('--env=production', 'A', 'TOP'), 'failed');
    assert.equal(state('--env=', 'A', 'TOP'), 'unknown');
    assert.equal(state('--env=', 'A'), 'failed');
    assert.equal(state('--env=gone', 'A'), 'unknown');
  });

  it('types of several environments: what only some of them have is optional, and each has its own', () => {
    const [a, b] = [
      { binding: 'A', id: REAL },
      { binding: 'my-kv', id: OTHER },
    ];
    const lines = (names: readonly string[]): string => names.map((name) => `\t${name}: KVNamespace;`).join('\n');
    const made = (main: readonly string[], environments: Readonly<Record<string, readonly string[]>>): string =>
      '/* eslint-disable */\n// Generated by Wrangler by running `wrangler types` (hash: 1)\n' +
      `interface __BaseEnv_Env {\n${lines(main)}\n\tJ: {"kv":"KVNamespace"};\n}\n` +
      'declare namespace Cloudflare {\n\tinterface GlobalProps {\n\t\tmainModule: typeof import("./src/index");\n\t}\n' +
      Object.entries(environments)
        .map(([name, own]) =>
          own.length === 0 ? `\tinterface ${name} {}\n` : `\tinterface ${name} {\n${lines(own)}\n\t}\n`,
        )
        .join('') +
      '\tinterface Env extends __BaseEnv_Env {}\n}\ninterface Env extends __BaseEnv_Env {}\n' +
      '// Begin runtime types\ninterface Other {\n\tRUNTIME: KVNamespace;\n}\n';
    const judge = (types: string, env: object) => {
      const { state, evidence } = ofConfig({ ...kv(a, b), env }, { types }).item('types');
      return [state, ...evidence.map(({ text }) => text)];
    };
    const passed = [
      'passed',
      'worker-configuration.d.ts has the KV bindings of the config. Of the rest of it “wrangler types --check” tells.',
    ];
    const both = ['A', '"my-kv"'];
    assert.deepEqual(judge(made(both, { MyDevEnv: both }), { 'my-dev': kv(a, b) }), passed);
    // wrangler adds no second “Env”.
    for (const [name, environment] of [
      ['TestEnv', 'test-env'],
      ['TestEnv', 'test_ENV'],
      ['TestenvEnv', 'testenv'],
    ] as const) {
      assert.deepEqual(judge(made(both, { [name]: both }), { [environment]: kv(a, b) }), passed, environment);
    }
    assert.deepEqual(
      judge(made(['A', '"my-kv"?'], { DevEnv: ['A'], EuEnv: both }), { dev: kv(a), eu: kv(a, b) }),
      passed,
    );
    assert.deepEqual(judge(made(['A?', '"my-kv"?'], { DevEnv: [] }), { dev: {} }), passed);
    assert.deepEqual(judge(made(['A', '"my-kv"?'], { DevEnv: both }), { dev: kv(a, b) }), [
      'failed',
      'worker-configuration.d.ts has “my-kv” as optional, and every environment of the config has it.',
    ]);
    assert.deepEqual(judge(made(both, { DevEnv: ['A'] }), { dev: kv(a) }), [
      'failed',
      'worker-configuration.d.ts has “my-kv” as always there, and not every environment of the config has it.',
    ]);
    assert.deepEqual(judge(made(['A', '"my-kv"?'], { DevEnv: ['"my-kv"'] }), { dev: kv(a) }), [
      'failed',
      'worker-configuration.d.ts has other KV bindings for the environment “dev” than the config.',
    ]);
    assert.deepEqual(judge(made(both, { DevEnv: both }), { dev: kv(a, b), eu: kv(a, b) }), [
      'failed',
      'worker-configuration.d.ts was made when the config had other environments.',
    ]);
    assert.equal(judge(made(both, { FranceEnv: both }), { dev: kv(a, b) })[0], 'unknown');
    assert.deepEqual(judge(made(['A', '"my-kv"?'], {}), { dev: kv(a) }), [
      'unknown',
      'worker-configuration.d.ts does not tell the environments apart: an older wrangler made it, or there were none.',
    ]);
  });

  it('of a config that is broken nothing is known', () => {
    const { items } = ofConfig('{ "kv_namespaces": [{ "binding": "A", "id": ');
    assert.deepEqual([...new Set(items.map(({ state }) => state))], ['unknown']);
  });

  it('says of several configs which is meant, and nothing of those without KV beside others', () => {
    const config = (path: string, value: unknown, remotes: Remotes = NONE) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return { path, text, outline: readOutline(path, text, parsers), remotes };
    };
    const [api, web, cron] = [
      config('/m/api/wrangler.json', kv({ binding: 'A', id: REAL, preview_id: OTHER })),
      config('/m/web/wrangler.json', {}),
      config('/m/cron/wrangler.json', {}),
    ];
    const told = (...configs: readonly (typeof api)[]) =>
      merged(configItems(configs)).map(({ id, state, evidence }) => [
        id,
        state,
        evidence.map(({ place }) => place?.path),
      ]);
    assert.deepEqual(told(api, web, cron), [
      ['separate-namespaces', 'passed', [api.path]],
      ['environments', 'passed', [api.path]],
      ['public-ids', 'passed', [api.path]],
      ['types', 'unknown', [api.path]],
    ]);
    assert.deepEqual(told(web, cron)[0], ['separate-namespaces', 'unknown', [web.path, cron.path]]);
    assert.deepEqual(told(api, config('/m/odd/wrangler.json', '{'))[0], [
      'separate-namespaces',
      'unknown',
      ['/m/odd/wrangler.json', api.path],
    ]);
    const open: Remotes = { kind: 'read', ...parseRemotes('[remote "o"]\n\turl = git://example.com/a') };
    const account = config('/m/web/wrangler.json', { account_id: REAL }, open);
    assert.deepEqual(told(api, account)[2], ['public-ids', 'failed', [account.path]]);
    // The one that is checked is named above all.
    assert.deepEqual(told(web)[0], ['separate-namespaces', 'unknown', [undefined]]);
  });
});

describe('Remotes of a Git repository', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kv-remotes-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const ORIGIN = '[core]\n\tbare = false\n[remote "origin"]\n\turl = git@github.com:acme/shop.git\n\tfetch = +refs/*\n';
  const placesOf = (found: Remotes): unknown =>
    found.kind === 'read' ? found.remotes.map(({ place }) => place) : found;

  it('are read from the folder above', async () => {
    write('shop/.git/config', ORIGIN);
    write('shop/packages/api/wrangler.toml', '');
    assert.deepEqual(placesOf(await remotesOf(join(folder, 'shop/packages/api'))), ['github.com/acme/shop.git']);
  });

  it('are those of the repository that a worktree or a submodule points to', async () => {
    write('shop/.git/config', ORIGIN);
    write('shop/.git/worktrees/x/commondir', '../..\n');
    write('x/.git', `gitdir: ${join(folder, 'shop/.git/worktrees/x')}\n`);
    assert.deepEqual(placesOf(await remotesOf(join(folder, 'x'))), ['github.com/acme/shop.git']);
    write('shop/.git/modules/m/config', '[remote "o"]\nurl = https://example.com/m\n');
    write('shop/m/.git', 'gitdir: ../.git/modules/m\n');
    assert.deepEqual(placesOf(await remotesOf(join(folder, 'shop/m'))), ['example.com/m']);
  });

  it('are not known where they cannot be read', async () => {
    write('a/.git', 'no pointer');
    assert.deepEqual(await remotesOf(join(folder, 'a')), { kind: 'unreadable' });
    mkdirSync(join(folder, 'b/.git'), { recursive: true });
    assert.deepEqual(await remotesOf(join(folder, 'b')), { kind: 'unreadable' });
  });

  it('tell apart what everybody, nobody and perhaps somebody can read', () => {
    const audience = (url: string) => parseRemotes(`[remote "o"]\n  url = ${url}`).remotes[0]?.audience;
    for (const url of ['https://github.com/a/b', 'ssh://git@gitlab.com:22/a/b', 'git@bitbucket.org:a/b', 'hub:a/b']) {
      assert.equal(audience(url), 'unknown', url);
    }
    for (const url of ['git://example.com/a', 'git://user@example.com:9418/a'])
      assert.equal(audience(url), 'public', url);
    for (const url of [
      '/srv/a.git',
      '../a',
      'file:///srv/a',
      'C:\\a',
      'C:/a',
      'https://10.0.0.5/a',
      'ssh://git.lan/a',
    ]) {
      assert.equal(audience(url), 'private', url);
    }
    for (const url of ['git://localhost/a', 'http://192.168.1.2:3000/a', 'git@172.20.1.1:a', 'https://[fd00::1]/a']) {
      assert.equal(audience(url), 'private', url);
    }
  });

  it('are read in the old form of a section, and where a branch names one by its URL', () => {
    const places = (text: string) => parseRemotes(text).remotes.map(({ place }) => place);
    assert.deepEqual(places('[remote.origin]\n\turl = git://github.com/acme/shop.git'), ['github.com/acme/shop.git']);
    const branch = '[branch "main"]\n\tremote = https://github.com/acme/shop.git\n\tmerge = refs/heads/main';
    assert.deepEqual(places(branch), ['github.com/acme/shop.git']);
    assert.deepEqual(places('[branch.main]\n\tpushRemote = git@github.com:a/b'), ['github.com/a/b']);
    assert.deepEqual(places('[remote]\n\tpushDefault = git@github.com:a/b'), ['github.com/a/b']);
    // A name, and the repository itself.
    assert.deepEqual(places('[branch "main"]\n\tremote = origin\n[branch "b"]\n\tremote = .'), []);
    assert.deepEqual(places('[branch "b"]\n\tremote = us/one\n[remote "us/one"]\n\turl = /srv/a'), ['/srv/a']);
  });

  it('are more than were read where Git finds them elsewhere, or by other names', async () => {
    const hasMore = (text: string) => parseRemotes(text).hasMore;
    const short = '[remote "o"]\n\turl = g:acme/shop.git\n';
    for (const text of [
      `[url "git@github.com:"]\n\tinsteadOf = g:\n${short}`,
      `[extensions]\n\tworktreeConfig = true\n${short}`,
      `[extensions]\n\tworktreeConfig\n`,
      '[remote "origin"]\n\turl = https://git\\\nhub.com/acme/shop.git\n',
      '[remote "origin"] ; c\n\tURL=git@\\\ngithub.com:acme/x.git\n',
      '[remote "origin\n',
    ]) {
      assert.equal(hasMore(text), true, text);
    }
    assert.equal(hasMore('[extensions]\n\tworktreeConfig = false\n[remote "o"]\n\turl = ../a\n'), false);
    assert.equal(hasMore(short), false);
    assert.equal(parseRemotes(short).remotes[0]?.audience, 'unknown');
    write('old/.git/config', '[core]\n\tbare = false\n');
    mkdirSync(join(folder, 'old/.git/branches'));
    const read = async () => {
      const found = await remotesOf(join(folder, 'old'));
      return found.kind === 'read' && found.hasMore;
    };
    assert.equal(await read(), false);
    write('old/.git/remotes/origin', 'URL: https://github.com/a/b\n');
    assert.equal(await read(), true);
  });

  it('are found whatever stands around them', () => {
    const text =
      '; x\n[Remote "a\\"b"] url = git@github.com:a/b\n[branch "main"]\n\tremote = a\n\turl = no\n[includeIf "x"]\npath = y\n';
    assert.deepEqual(parseRemotes(text), {
      remotes: [{ name: 'a"b', place: 'github.com/a/b', audience: 'unknown' }],
      hasMore: true,
    });
  });
});

describe('Check of local data', () => {
  const text = (value: string): Uint8Array => Buffer.from(value);
  const now = Math.floor(Date.now() / 1000);

  async function look(entries: readonly (Partial<KvEntry> & { key: string })[], bindings = ['DATA']) {
    const store = new MemoryStore();
    for (const entry of entries) await store.put({ value: text('v'), ...entry });
    return await lookIn(store, bindings);
  }

  const lookIn = (store: MemoryStore, bindings = ['DATA'], signal = new AbortController().signal) =>
    checkData([{ namespace: { source: 's', id: 'n' }, where: 'DATA (local, shop)', bindings, data: store }], {
      signal,
      report: () => {},
    });

  it('finds what looks short-lived and never expires', async () => {
    const found = itemOf(await look([{ key: 'session:1' }, { key: 'user:1' }]), 'expirations');
    assert.equal(found.state, 'failed');
    assert.deepEqual(
      found.evidence.map(({ key }) => key),
      [{ source: 's', id: 'n', key: 'session:1' }],
    );
    const together = itemOf(await look([{ key: 'a' }, { key: 'b' }], ['SESSIONS']), 'expirations');
    assert.deepEqual([together.state, together.evidence.length, together.evidence[0]?.key?.key], ['failed', 1, 'a']);
    assert.match(together.evidence[0]?.text ?? '', /never expire: 2, such as “a”/);
    assert.equal(itemOf(await look([{ key: 'session:1', expiration: now + 3600 }]), 'expirations').state, 'passed');
    assert.equal(itemOf(await look([{ key: 'user:1' }]), 'expirations').state, 'passed');
  });

  it('finds what is near a limit', async () => {
    const state = async (entry: Partial<KvEntry> & { key: string }) => itemOf(await look([entry]), 'limits').state;
    assert.equal(await state({ key: 'k'.repeat(460) }), 'passed');
    assert.equal(await state({ key: 'k'.repeat(461) }), 'failed');
    assert.equal(await state({ key: 'a', metadata: 'm'.repeat(900) }), 'passed');
    assert.equal(await state({ key: 'a', metadata: 'm'.repeat(930) }), 'failed');
    assert.equal(await state({ key: 'a', value: new Uint8Array(23_592_961) }), 'failed');
    assert.equal(await state({ key: 'a', value: new Uint8Array(1_000_000) }), 'passed');
  });

  it('finds secrets in values and metadata, and never shows them', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const items = await look([
      { key: 'one', value: text(`{"token":"${token}"}`) },
      { key: 'two', metadata: { token } },
    ]);
    const found = itemOf(items, 'secrets');
    assert.equal(found.state, 'failed');
    assert.deepEqual(found.evidence.map(({ key }) => key?.key).sort(), ['one', 'two']);
    assert.ok(!JSON.stringify(items).includes(token));
    assert.equal(itemOf(await look([{ key: 'a' }]), 'secrets').state, 'passed');
  });

  it('names some, and counts the others', async () => {
    const keys = Array.from({ length: 30 }, (_, i) => ({ key: `session:${i}` }));
    const { evidence } = itemOf(await look(keys), 'expirations');
    assert.equal(evidence.length, 11);
    assert.match(evidence.at(-1)?.text ?? '', /20/);
  });

  it('knows nothing without data', async () => {
    assert.deepEqual(states(await look([])), { expirations: 'unknown', limits: 'unknown', secrets: 'unknown' });
    assert.deepEqual(states(await checkData([], { signal: new AbortController().signal, report: () => {} })), {
      expirations: 'unknown',
      limits: 'unknown',
      secrets: 'unknown',
    });
  });

  it('does not know what it could not read', async () => {
    const broken = new MemoryStore();
    await broken.put({ key: 'a', value: text('v') });
    broken.intercept = (call) => {
      if (call === 'list') throw new KvError('server', 'broken');
    };
    const items = await lookIn(broken);
    assert.deepEqual(states(items), { expirations: 'unknown', limits: 'unknown', secrets: 'unknown' });
    assert.match(JSON.stringify(items), /broken/);
  });

  it('looks at the keys of an account that were listed, without reading a value', async () => {
    const remote = (...keys: KvKeyInfo[]) => ({
      namespace: { source: 'account-1', id: 'r' },
      where: 'DATA (Acme Inc)',
      bindings: ['DATA'],
      data: keys,
    });
    const store = new MemoryStore();
    await store.put({ key: 'user:1', value: text('v') });
    const local = { namespace: { source: 's', id: 'n' }, where: 'DATA (local, shop)', bindings: ['DATA'], data: store };
    const options = { signal: new AbortController().signal, report: () => {} };
    const long = 'k'.repeat(500);
    const items = await checkData([local, remote({ name: long }, { name: 'session:1' })], options);
    assert.deepEqual(states(items), { expirations: 'failed', limits: 'failed', secrets: 'passed' });
    const { evidence } = itemOf(items, 'limits');
    assert.deepEqual(evidence[0]?.key, { source: 'account-1', id: 'r', key: long });
    assert.match(evidence.at(-1)?.text ?? '', /Of DATA \(Acme Inc\) only .* 2 keys\.$/);
    // Values of an account may be near a limit; nobody looked.
    const alone = await checkData([remote({ name: 'user:1' })], options);
    assert.deepEqual(states(alone), { expirations: 'unknown', limits: 'unknown', secrets: 'unknown' });
    const found = await checkData([remote({ name: 'a', metadata: 'm'.repeat(1000) })], options);
    assert.deepEqual(states(found), { expirations: 'unknown', limits: 'failed', secrets: 'unknown' });
  });

  it('reads a bounded part, and says so', async () => {
    const store = new MemoryStore();
    for (let i = 0; i < 5100; i++) await store.put({ key: `user:${i}`, value: text('v') });
    const items = await lookIn(store);
    assert.deepEqual(states(items), { expirations: 'passed', limits: 'unknown', secrets: 'unknown' });
    assert.match(itemOf(items, 'secrets').evidence[0]?.text ?? '', /5,000/);
  });

  it('can be cancelled', async () => {
    const store = new MemoryStore();
    await store.put({ key: 'a', value: text('v') });
    await assert.rejects(lookIn(store, [], AbortSignal.abort()), { kind: 'cancelled' });
  });
});

/** Text as tokens have it, always the same. */
function randomText(length: number, alphabet = 'aZ3kQ9xB7mW1pR5tLcV8nJ2yH6dF4sG0eK'): string {
  let state = 7;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return alphabet[Math.floor(state / 65_536) % alphabet.length];
  }).join('');
}

const tokenOf = (length: number): string => randomText(length);

// Put together here, so that nobody takes this file for one that holds a token.
const SECRETS: readonly (readonly [name: string, secret: string])[] = [
  ['AWS', `AKIA${randomText(16, 'QWERTZUPASDF2345')}`],
  ['GitHub', `ghp_${tokenOf(36)}`],
  ['GitLab', `glpat-${tokenOf(20)}`],
  ['Slack', `xoxb-2734509818346-${tokenOf(24)}`],
  ['Slack', `xapp-1-A05K2QW8XM1-5093418276034-${randomText(64, '0123456789abcdef')}`],
  ['Slack', `https://hooks.slack.com/services/T0123ABCD/B0123ABCD/${tokenOf(24)}`],
  ['Slack', `https:\\/\\/hooks.slack.com\\/services\\/T0123ABCD\\/B0123ABCD\\/${tokenOf(24)}`],
  ['Stripe', `sk_live_${tokenOf(24)}`],
  ['Stripe', `whsec_${tokenOf(32)}`],
  ['Google', `AIza${tokenOf(35)}`],
  ['Google', `GOCSPX-${tokenOf(28)}`],
  ['Google', `ya29.${tokenOf(200)}`],
  ['Hugging Face', `hf_${tokenOf(34)}`],
  ['DigitalOcean', `dop_v1_${randomText(64, '0123456789abcdef')}`],
  ['Shopify', `shpat_${randomText(32, '0123456789abcdef')}`],
  ['PyPI', `pypi-AgEIcHlwaS5vcmc${tokenOf(130)}`],
  ['PyPI', `pypi-AgENdGVzdC5weXBpLm9yZw${tokenOf(130)}`],
  ['Anthropic', `sk-ant-api03-${tokenOf(90)}`],
  ['OpenAI', `sk-proj-${tokenOf(48)}`],
  ['OpenAI', `sk-${tokenOf(20)}T3BlbkFJ${tokenOf(20)}`],
  ['SendGrid', `SG.${tokenOf(22)}.${tokenOf(43)}`],
  ['npm', `npm_${tokenOf(36)}`],
  ['Cloudflare', `cfut_${tokenOf(40)}`],
  ['private key', '-----BEGIN RSA PRIVATE KEY-----\nMII'],
  ['private key', '-----BEGIN PGP PRIVATE KEY BLOCK-----\n'],
];

describe('Names and forms', () => {
  it('of what is short-lived', () => {
    for (const name of [
      'session:1',
      'user-session/1',
      'SESSIONS',
      'cache',
      'page_cache:home',
      'cache:page:/settings',
      'rate-limit:1.2.3.4',
    ]) {
      assert.ok(isShortLived(name), name);
    }
    for (const name of ['rateLimit:a', 'ratelimit', 'sid:1', 'otp:1', 'csrf', 'userSession:1', 'RATE_LIMITS']) {
      assert.ok(isShortLived(name), name);
    }
    for (const name of [
      'user:1',
      'config',
      'obsession',
      'cachet',
      'rate:eur',
      'limit:max',
      'config:rate-limit',
      'settings:session-timeout',
      'cache-version',
      'cacheVersion',
      'rateLimitConfig',
      'cache-control',
      'assessment',
      'token',
      '',
    ]) {
      assert.ok(!isShortLived(name), name);
    }
  });

  it('of tokens', () => {
    for (const [name, secret] of SECRETS) assert.equal(secretIn(`{"a":"${secret}"}`), name, secret);
    for (const none of [
      '',
      'hello',
      'sk_test_1234',
      REAL,
      'npm_config',
      'cfut_',
      'hf_transformers_models',
      `hf_${tokenOf(33)}`,
      `hf_${tokenOf(35)}`,
      `dop_v1_${randomText(63, '0123456789abcdef')}`,
      `dop_v1_${tokenOf(64)}Z`,
      `shpat_${randomText(33, '0123456789abcdef')}`,
      'shpat_your_token_here',
      'pypi-AgEIcHlwaS5vcmc',
      `pypi-${tokenOf(130)}`,
      'ya29.example',
      'ya29.your-access-token-goes-here',
      '-----BEGIN PUBLIC KEY-----',
      'AKIA',
    ]) {
      assert.equal(secretIn(none), undefined, none);
    }
  });

  it('of tokens after an escape, or after what is no letter or digit', () => {
    for (const [name, secret] of SECRETS) {
      for (const before of ['\\n', '\\t', '\\\\', '%3D', '%22', '%0a', '\\u003d', '\\x3D', 'TOKEN_', 'Bearer ', 'Ð°']) {
        assert.equal(secretIn(`x${before}${secret}`), name, `${before}${secret}`);
      }
    }
    assert.equal(secretIn(`x${randomText(4)}%3${tokenOf(36)}`), undefined);
    assert.equal(secretIn(`mask-ant-api03-${tokenOf(90)}`), undefined);
  });

  it('of tokens in UTF-16', () => {
    const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
    for (const [name, secret] of SECRETS) {
      const little = Buffer.from(`\ufeffa ${secret}`, 'utf16le');
      assert.equal(secretIn(latin1(little)), name);
      assert.equal(secretIn(latin1(little.swap16())), name);
    }
  });

  it('of tokens, but not of names that begin like one', () => {
    for (const none of [
      'class="sk-ant-design-button-primary-large"',
      'sk-admin-dashboard-layout-container-with-a-very-long-name-xx',
      'class="cfk_button_container_primary_large_wide"',
      'npm_config_registry_url_some_long_identifier',
      'xoxb-your-slack-bot-token-here',
      'glpat-your-personal-token-here',
      `sk-proj-${'abcd-'.repeat(9)}abcd`,
    ]) {
      assert.equal(secretIn(none), undefined, none);
    }
  });

  it('of tokens in a long value, wherever the steps through it meet', () => {
    const whole = (value: Uint8Array): string | undefined => {
      for (const steps = secretSteps(value); ; ) {
        const step = steps.next();
        if (step.done) return step.value;
      }
    };
    const token = `ghp_${tokenOf(36)}`;
    for (const at of [0, 131_072 - 20, 131_072, 131_072 + 3, 2 * 131_072 - 2048, 2 * 131_072 - 2045, 300_000]) {
      const plain = Buffer.alloc(400_000, '-');
      plain.write(token, at);
      assert.equal(whole(plain), 'GitHub', `at ${at}`);
      // Within a longer word it is none, whatever a step begins with.
      const word = Buffer.alloc(400_000, 'a');
      word.write(`${token}-`, at + 1);
      assert.equal(whole(word), undefined, `in a word at ${at}`);
    }
    assert.equal(whole(new Uint8Array()), undefined);
  });

  it('of what only stands for a token too: the form is what counts', () => {
    assert.equal(secretIn('AKIAIOSFODNN7EXAMPLE'), 'AWS');
    assert.equal(secretIn(`ghp_${'x'.repeat(36)}`), 'GitHub');
    assert.equal(secretIn(`sk_live_${'0'.repeat(24)}`), 'Stripe');
  });
});

describe('Check of the pace', () => {
  const none = { reads: 0, writes: 0, deletes: 0, lists: 0 };
  const days = ['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04', '2026-11-05', '2026-11-06', '2026-11-07'];
  const at = Date.parse('2026-11-07T12:00:00Z');
  const kept = days.map((day) => ({ day, keys: 1, bytes: 1000 }));
  const ofWeek = (counts: Partial<typeof none>, usage: object = {}) =>
    costItem({
      account: 'Acme Inc',
      namespaces: ['a'],
      usage: {
        at,
        days,
        gaps: [],
        storage: kept,
        busiest: undefined,
        operations: days.map((day) => ({ day, ...none, ...counts })),
        ...usage,
      },
    });
  const textOf = ({ evidence }: CheckItem): string => evidence.map(({ text }) => text).join('\n');

  it('counts the cost by the days that have passed, beyond what the base fee covers', () => {
    const cheap = ofWeek({ writes: 1000 });
    assert.equal(cheap.state, 'passed');
    assert.match(textOf(cheap), /Acme Inc.*last 7 days.* 100% .* \$0\.00 a month.*2026-11/);
    // 7 × 65,000 in 6.5 days are 2.1 million in 30.
    const beyond = ofWeek({ writes: 65_000 });
    assert.equal(beyond.state, 'unknown');
    assert.match(textOf(beyond), / 6,500% .* \$5\.50 a month/);
  });

  it('takes the busiest day for what the free plan allows, and what is kept', () => {
    const oneDay = days.map((day, index) => ({ day, ...none, lists: index === 2 ? 1500 : 0 }));
    assert.match(textOf(ofWeek({}, { operations: oneDay })), / 150% /);
    const much = ofWeek({}, { storage: [{ day: '2026-11-06', keys: 1, bytes: 3e9 }] });
    assert.equal(much.state, 'unknown');
    assert.match(textOf(much), / 300% .* \$1\.00 a month/);
  });

  it('takes the day on which the most was kept for what the free plan allows, and the newest for the price', () => {
    const falling = days.map((day, index) => ({ day, keys: 1, bytes: index < 3 ? 3e9 : 2e9 }));
    assert.match(textOf(ofWeek({}, { storage: falling })), / 300% .* \$0\.50 a month/);
  });

  it('says how much of it the project has its part in', () => {
    const busiest = [
      { namespace: 'b', ...none, reads: 30, total: 30 },
      { namespace: 'a', ...none, reads: 10, total: 10 },
    ];
    assert.match(textOf(ofWeek({ reads: 40 }, { busiest })), /about 10 operations: 25% of those of the account/);
  });

  it('does not know what was not told', () => {
    const gap = { part: 'operations', reason: 'It needs the permission.' };
    const silent = ofWeek({}, { operations: undefined, gaps: [gap] });
    assert.deepEqual([silent.state, textOf(silent)], ['unknown', 'Acme Inc: It needs the permission.']);
    const half = ofWeek({ reads: 1 }, { storage: undefined, gaps: [{ part: 'storage', reason: 'Later.' }] });
    assert.equal(half.state, 'unknown');
    assert.match(textOf(half), /at most about 1% .*\nAcme Inc: Later\.$/);
    // What only the pictures of the latency lack is no matter here.
    assert.equal(ofWeek({ reads: 1 }, { gaps: [{ part: 'latency', reason: 'Later.' }] }).state, 'passed');
    assert.equal(ofWeek({ reads: 1 }, { storage: [] }).state, 'unknown');
  });

  const put = (key: string, ms: number): ActivityEvent => ({
    what: 'put',
    key,
    at: at + ms,
    namespace: 'n',
    after: { value: '0' },
  });
  const rate = (...events: readonly ActivityEvent[]): CheckItem => {
    const rates = new WriteRates();
    for (const event of events) rates.add([event]);
    return writeRateItem({ source: 's', where: 'local, shop', rates });
  };

  it('does not know how often keys are written without having watched', () => {
    assert.equal(writeRateItem({ source: 's', where: 'local, shop', rates: undefined }).state, 'unknown');
    assert.equal(rate().state, 'unknown');
  });

  it('finds keys that are written more than once within any second', () => {
    assert.equal(rate(put('a', 0), put('b', 1), put('a', 1000), put('a', 2000)).state, 'passed');
    const found = rate(put('a', 900), put('a', 0), put('a', 1800), put('b', 500), put('a', 1850));
    assert.equal(found.state, 'failed');
    assert.deepEqual(
      found.evidence.map(({ text, key }) => [text, key]),
      [['“a” was written 3 times within a second.', { source: 's', id: 'n', key: 'a' }]],
    );
    // What ends by itself is no write; another namespace has other keys.
    assert.equal(
      rate(put('a', 0), { what: 'expired', key: 'a', at: at + 5, namespace: 'n' }, { ...put('a', 10), namespace: 'm' })
        .state,
      'passed',
    );
  });

  it('counts a delete as a write that was made before it was noticed', () => {
    const gone = (ms: number): ActivityEvent => ({ what: 'delete', key: 'a', at: at + ms, namespace: 'n' });
    const told = (...events: readonly ActivityEvent[]) => {
      const found = rate(...events);
      return `${found.state}: ${textOf(found)}`;
    };
    assert.equal(told(put('a', 0), gone(999)), 'failed: “a” was written 2 times within a second.');
    assert.equal(told(put('a', 0), put('a', 500), gone(900)), 'failed: “a” was written 3 times within a second.');
    // It may have been made as soon as the key was put, or long before the key was put again.
    const doubt = 'unknown: “a” was put and deleted, perhaps within a second.';
    assert.equal(told(put('a', 0), gone(1500)), doubt);
    assert.equal(told(gone(0), put('a', 400)), doubt);
    assert.match(told(put('a', 0), gone(2000), put('a', 3000)), /^passed/);
    assert.match(told(put('a', 0), gone(2000), put('b', 2001)), /^passed/);
  });

  it('does not pass what it could not see', () => {
    const unseen: ActivityEvent = { what: 'unseen', count: 3, at, namespace: 'n' };
    assert.match(textOf(rate(put('a', 0), unseen)), /at least 3/);
    const lost = rate(put('a', 0), { what: 'lost', count: 0, at, namespace: 'n' });
    assert.deepEqual(
      [lost.state, textOf(lost)],
      [
        'unknown',
        'For a while it could not be seen what was written (local, shop): the data was gone, or not to be read.',
      ],
    );
    assert.equal(rate(put('a', 0), put('a', 1), unseen).state, 'failed');
    const rates = new WriteRates();
    rates.add([put('a', 0)]);
    const watched = { source: 's', where: 'local, shop', rates };
    assert.equal(writeRateItem({ ...watched, extent: { followed: 3, all: 3 } }).state, 'passed');
    const some = writeRateItem({ ...watched, extent: { followed: 3, all: 4 } });
    assert.deepEqual([some.state, /Only 3 of 4 namespaces/.test(textOf(some))], ['unknown', true]);
  });

  it('counts 200 writes a second of ever new keys in little memory and time', () => {
    const rates = new WriteRates();
    const begin = process.cpuUsage();
    for (let i = 0; i < 100_000; i++) rates.add([put(`key:${i}`, i * 5), put('hot', i * 5)]);
    assert.equal(rates.writes, 200_000);
    assert.equal(rates.often[0]?.perSecond, 200);
    assert.ok(process.cpuUsage(begin).user < 20_000_000);
  });
});

describe('Check of code', () => {
  const whole: UnseenCode = { isCut: false, tooLong: [] };
  const look = (...texts: string[]) => {
    const files = texts.map((text) => {
      const analysis = analyse('worker.js', text, new Set(['KV']));
      const findings = check({ analysis, isTyped: false, now: 1_800_000_000 });
      return { path: '/shop/worker.js', text, findings, practices: practicesIn(analysis) };
    });
    return practiceItems(files, whole);
  };
  const inHandler = (statements: string): string =>
    `export default {\n  async fetch(request, env, ctx) {\n${statements}\n  },\n};\n`;

  it('knows nothing where there is none, or not all of it was looked at', () => {
    for (const items of [look(), practiceItems([], { isCut: true, tooLong: [] })]) {
      assert.deepEqual([...new Set(items.map(({ state }) => state))], ['unknown']);
    }
  });

  it('names a file that is too long to be looked at', () => {
    const path = '/shop/bundle.js';
    for (const { evidence } of practiceItems([], { isCut: false, tooLong: [path] })) {
      assert.deepEqual(
        evidence.map(({ text, place }) => [text, place?.path]),
        [['This file is too long to be looked at, and may use KV.', path]],
      );
    }
  });

  it('passes what is right', () => {
    const items = look(
      inHandler(
        'const all = await env.KV.get(["a", "b"], { type: "json", cacheTtl: 300 });\n' +
          'const page = await env.KV.list({ limit: 10 });\n' +
          'try { await env.KV.put("a", "1"); } catch (error) { console.warn(error); }',
      ),
    );
    assert.deepEqual(states(items), {
      'cache-ttl': 'passed',
      'bulk-reads': 'passed',
      'list-complete': 'passed',
      retries: 'passed',
      'null-handling': 'passed',
    });
  });

  it('passes the cache of reads only if all of them set its time', () => {
    const cached = (...reads: readonly string[]) => {
      const { state, evidence } = itemOf(look(inHandler(reads.join('\n'))), 'cache-ttl');
      return `${state}: ${evidence.map(({ text }) => text).join()}`;
    };
    const [set, unset] = ['await env.KV.get("a", { cacheTtl: 60 });', 'await env.KV.get("b");'];
    assert.equal(cached(set, unset), 'unknown: Reads that set a cacheTtl: 1 of 2.');
    assert.equal(cached(set, set), 'passed: Reads that set a cacheTtl: 2 of 2.');
  });

  it('fails what is wrong, with its place', () => {
    const items = look(
      inHandler(
        'for (const id of ids) await env.KV.get(id, { cacheTtl: 10 });\n' +
          'const { keys } = await env.KV.list();\n' +
          'await env.KV.put("session:1", (await env.KV.get("a")).trim());\n' +
          'while (true) await env.KV.put("count", String(n++), { expirationTtl: 5 });',
      ),
    );
    assert.deepEqual(
      items.map(({ id, state }) => `${id} ${state}`),
      [
        'expirations failed',
        'cache-ttl failed',
        'bulk-reads failed',
        'list-complete failed',
        'retries failed',
        'null-handling failed',
        'write-rate failed',
      ],
    );
    const [evidence] = itemOf(items, 'bulk-reads').evidence;
    assert.deepEqual(evidence?.place, {
      path: '/shop/worker.js',
      range: { start: { line: 2, character: 35 }, end: { line: 2, character: 38 } },
      problem: 'single-reads',
    });
    // What KV forbids is marked already.
    assert.equal(itemOf(items, 'cache-ttl').evidence[0]?.place?.problem, undefined);
  });

  it('does not guess at callers and at how often values change', () => {
    const items = look('export async function save(env) { await env.KV.put("a", await env.KV.get("b")); }');
    assert.equal(itemOf(items, 'retries').state, 'unknown');
    assert.equal(itemOf(items, 'cache-ttl').state, 'unknown');
  });

  it('passes nothing that it did not understand, and says where', () => {
    const items = look(
      inHandler('return new Response((await env.KV.get("a")) ?? (await env.KV.list({ limit: 1 })).keys.length);'),
      'export const load = (env, key) => env.KV.get(key);\nexport const all = (env) => env.KV.list();\n',
    );
    for (const id of ['bulk-reads', 'list-complete', 'null-handling']) {
      const { state, evidence } = itemOf(items, id);
      assert.equal(state, 'unknown', id);
      assert.match(evidence[0]?.text ?? '', /cannot be told from the code: 1 of 2\./, id);
      assert.deepEqual(
        evidence.slice(1).map(({ place }) => [place?.range.start.line, place?.problem]),
        [[id === 'list-complete' ? 1 : 0, undefined]],
        id,
      );
    }
  });
});

describe('Items of a check', () => {
  it('are one of each id, in their order, failed before unknown before passed', () => {
    const of = (id: CheckItem['id'], state: CheckItem['state'], text: string) => item(id, state, [{ text }]);
    const all = merged([
      of('secrets', 'passed', 'a'),
      of('types', 'passed', 'b'),
      of('types', 'unknown', 'c'),
      of('expirations', 'unknown', 'd'),
      of('expirations', 'failed', 'e'),
      of('expirations', 'passed', 'f'),
    ]);
    assert.deepEqual(
      all.map(({ id, state, evidence }) => [id, state, evidence.map(({ text }) => text).join('')]),
      [
        ['types', 'unknown', 'cb'],
        ['expirations', 'failed', 'ed'],
        ['secrets', 'passed', 'a'],
      ],
    );
    assert.deepEqual(
      merged(checkIds.toReversed().map((id) => of(id, 'passed', ''))).map(({ id }) => id),
      checkIds,
    );
  });
});
