import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { CloudflareServer } from '../support/cloudflare/server.ts';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import { stub } from './stub.ts';
import {
  closeEditors,
  extension,
  foreignSource,
  freshKey,
  inSeconds,
  run,
  testNamespace,
  withSettings,
  workspace,
} from './support.ts';

/** A cursor in the text of a test file. */
const CURSOR = '|';

describe('help inside Worker code', () => {
  const shop = join(workspace, 'code-shop');
  const api = join(workspace, 'code-api');
  const kv = testNamespace('code-sessions', foreignSource(shop));
  const staging = testNamespace('code-staging', foreignSource(shop));
  const cache = testNamespace('code-cache', foreignSource(api));
  let files = 0;

  before(async () => {
    mkdirSync(join(shop, 'src'), { recursive: true });
    mkdirSync(join(api, 'src'), { recursive: true });
    writeFileSync(
      join(shop, 'wrangler.jsonc'),
      JSON.stringify({
        name: 'code-shop',
        main: 'src/index.ts',
        compatibility_date: '2026-01-01',
        kv_namespaces: [
          { binding: 'CODE_SESSIONS', id: 'code-sessions' },
          { binding: 'CODE_FLAGS', id: 'code-flags' },
        ],
        env: { staging: { kv_namespaces: [{ binding: 'CODE_SESSIONS', id: 'code-staging' }] } },
      }),
    );
    writeFileSync(
      join(api, 'wrangler.toml'),
      'name = "code-api"\nmain = "src/index.js"\n[[kv_namespaces]]\nbinding = "CODE_CACHE"\nid = "code-cache"\n',
    );
    writeFileSync(
      join(api, 'worker-configuration.d.ts'),
      'interface Env {\n\tCODE_CACHE: KVNamespace;\n\tCODE_GENERATED: KVNamespace;\n}\n',
    );
    await kv.put('user:1', '{"name":"Ada"}', { metadata: { by: 'anna' }, expiration: inSeconds(3600) });
    await kv.put('user:2', 'two');
    await kv.put(`it's "quoted"`, 'odd');
    await kv.put('config', 'plain');
    await staging.put('user:9', 'staged');
    await cache.put('user:1', 'cached');
    await run('refresh', {});
    await eventually(async () => {
      const found = await vscode.commands.executeCommand<unknown[]>('cloudflareKv.searchKeys', {
        namespaces: [kv.namespace],
        text: 'config',
      });
      assert.ok(found);
    });
  });
  after(() => {
    for (const folder of [shop, api]) rmSync(folder, { recursive: true, force: true });
  });
  afterEach(closeEditors);

  /** Opens a new file of a Worker with the cursor where the text has its mark. */
  async function openCode(text: string, { folder = shop, ending = 'ts' } = {}) {
    const at = text.indexOf(CURSOR);
    const file = join(folder, 'src', `file${files++}.${ending}`);
    writeFileSync(file, text.replace(CURSOR, ''));
    const document = await vscode.workspace.openTextDocument(file);
    const editor = await vscode.window.showTextDocument(document);
    const position = document.positionAt(Math.max(0, at));
    editor.selection = new vscode.Selection(position, position);
    return { document, editor, position, uri: document.uri };
  }

  const worker = (body: string): string =>
    `interface Env { CODE_SESSIONS: KVNamespace; CODE_FLAGS: KVNamespace }\nexport default {\n  async fetch(request: Request, env: Env, ctx: ExecutionContext) {\n    ${body}\n    return new Response("");\n  },\n};\n`;

  it('offers the keys of the binding that is called, and of each environment', async () => {
    const { uri, position } = await openCode(worker('const user = await env.CODE_SESSIONS.get("|");'));
    await eventually(async () => {
      assert.deepEqual(labels(await offered(uri, position)), [
        'config (local)',
        `it's "quoted" (local)`,
        'user:1 (local)',
        'user:2 (local)',
        'user:9 (local, staging)',
      ]);
    });
    const items = await offered(uri, position);
    assert.equal(items[1]?.insertText, `it's \\"quoted\\"`);
    assert.match(items[2]?.detail ?? '', /Expires .* · \{"by":"anna"\}/);
    // In the row itself, as in the view.
    const { label } = items[2] ?? assert.fail();
    assert.match(
      typeof label === 'string' ? label : (label.detail ?? ''),
      /^ {2}in (?:1 h|\d+ min) · \{"by":"anna"\}$/,
    );
  });

  const module = (body: string): string => `export default { async fetch(request, env) { ${body} } };\n`;
  for (const { config, text, options } of [
    { config: 'JSONC', text: worker('const user = await env.CODE_SESSIONS.get(|);'), options: {} },
    { config: 'TOML', text: module('await env.CODE_CACHE?.get(|)'), options: { folder: api, ending: 'js' } },
  ]) {
    it(`offers them while a person types, letter by letter, and replaces the whole literal, by ${config}`, async () => {
      const { document, editor, position } = await openCode(text, options);
      await eventually(async () => {
        assert.ok((await offered(document.uri, position)).length >= 0);
      });
      await vscode.commands.executeCommand('type', { text: '"' });
      for (const letter of 'user:') await vscode.commands.executeCommand('type', { text: letter });
      await eventually(async () => {
        const items = await offered(document.uri, editor.selection.active);
        assert.ok(labels(items).includes('user:1 (local)'));
      });
      const at = document.getText().indexOf('user:');
      const range = new vscode.Range(document.positionAt(at), editor.selection.active);
      const [item] = (await offered(document.uri, editor.selection.active)).filter(
        ({ filterText }) => filterText === 'user:1',
      );
      assert.ok(item?.range instanceof vscode.Range && item.range.contains(range));
    });
  }

  it('offers them where a constant is written, and behind one only what is left', async () => {
    const constant = await openCode(`const KEY = "|";\n${worker('await env.CODE_SESSIONS.get(KEY);')}`);
    await eventually(async () => {
      const names = labels(await offered(constant.uri, constant.position));
      assert.ok(names.includes('config (local)') && names.includes('user:1 (local)'));
    });
    const behind = ['`$', '{PREFIX}|`'].join('');
    const { uri, position } = await openCode(
      `const PREFIX = "user:";\n${worker(`await env.CODE_SESSIONS.put(${behind}, "");`)}`,
    );
    await eventually(async () => {
      const items = await offered(uri, position);
      assert.deepEqual(labels(items), ['user:1 (local)', 'user:2 (local)', 'user:9 (local, staging)']);
      assert.deepEqual(
        items.map(({ insertText }) => insertText),
        ['1', '2', '9'],
      );
    });
  });

  it('is there in the frontmatter of Astro, whether an extension knows the language or not', async () => {
    const frontmatter = '---\nconst { env } = Astro.locals.runtime;\nawait env.CODE_CACHE.get("|");\n---\n<p></p>\n';
    const { uri, position } = await openCode(frontmatter, { folder: api, ending: 'astro' });
    await eventually(async () => assert.deepEqual(labels(await offered(uri, position)), ['user:1 (local)']));
  });

  it('knows a binding that only wrangler types has written down', async () => {
    const { uri } = await openCode(module('env.CODE_GENERATED.put("a", "b");'), { folder: api, ending: 'js' });
    await eventually(() => assert.deepEqual(ours(uri).map(codeOf), ['floating-put']));
  });

  it('offers a key behind what is escaped of it', async () => {
    const { uri, position } = await openCode(worker('const user = await env.CODE_SESSIONS.get("it\'s \\"|");'));
    await eventually(async () => {
      const found = (await offered(uri, position)).find(({ label }) => JSON.stringify(label).includes('quoted'));
      assert.equal(found?.filterText, 'it\'s \\"quoted\\"');
      assert.equal(found?.insertText, found?.filterText);
    });
  });

  it('offers prefixes to a listing', async () => {
    const { uri, position } = await openCode(worker("await env.CODE_SESSIONS.list({ prefix: '|' });"));
    await eventually(async () => assert.deepEqual(labels(await offered(uri, position)), ['user: (local)']));
  });

  it('offers the prefix of each group, however many keys come before it', async () => {
    const keys = [...Array.from({ length: 300 }, (_, i) => `many:${i}`), 'rare:1'];
    await cache.foreign.putMany(keys.map((key) => ({ key, value: Buffer.from('v') })));
    const { uri, position } = await openCode(module("await env.CODE_CACHE.list({ prefix: '|' });"), {
      folder: api,
      ending: 'js',
    });
    await eventually(async () =>
      assert.deepEqual(labels(await offered(uri, position)), ['many: (local)', 'rare: (local)', 'user: (local)']),
    );
    await cache.foreign.deleteMany(keys);
  });

  it('says of a key what its value is, with links', async () => {
    const { uri, position } = await openCode(worker('await env.CODE_SESSIONS.get("us|er:1");'));
    await eventually(async () => {
      const text = await hoverText(uri, position);
      assert.match(text, /CODE_SESSIONS/);
      assert.match(text, /Ada/);
      assert.match(text, /anna/);
      assert.match(text, /command:cloudflareKv\.openKey/);
      assert.match(text, /There is no such key here/);
    });
  });

  it('says of a template which keys it may give, and of a binding its namespaces', async () => {
    const { document, uri, position } = await openCode(
      worker(['await env.CODE_SESSIONS.get(`user|:', '{request.url}`);'].join('$')),
    );
    await eventually(async () => assert.match(await hoverText(uri, position), /user:1[\s\S]*user:2/));
    const binding = document.positionAt(document.getText().indexOf('env.CODE_SESSIONS') + 6);
    const text = await hoverText(uri, binding);
    assert.match(text, /code-sessions/);
    // Said once.
    assert.equal(text.split('\n').filter((line) => /\bstaging\b.* · 1 key/.test(line)).length, 1, text);
    assert.doesNotMatch(text, /staging · staging/);
    assert.match(text, /default environment · 4 keys/);
  });

  it('leads to the value of a key, also by a constant', async () => {
    const { document, uri, position } = await openCode(
      `const KEY = "user:1";\n${worker('await env.CODE_SESSIONS.get(KE|Y);')}`,
    );
    await eventually(async () => {
      const found = await definitions(uri, position);
      assert.ok(found.some((target) => target === kv.uri('user:1').toString()));
    });
    assert.ok(document.getText().startsWith('const KEY'));
  });

  it('leads from a template to the keys that begin so, in a document and in the view', async () => {
    const { uri, position } = await openCode(
      worker(['await env.CODE_SESSIONS.get(`us|er:', '{request.url}`);'].join('$')),
    );
    const found = await eventually(async () => {
      const [first] = (await definitions(uri, position)).filter((target) => target.startsWith('cloudflare-kv-prefix:'));
      assert.ok(first);
      return first;
    });
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(found));
    await vscode.window.showTextDocument(document);
    assert.equal(document.getText(), '# “user:”: 2 keys\n\nuser:1\nuser:2\n');
    await eventually(async () => {
      const { keysRead } = await run<{ keysRead: number }>('loadAll', { namespace: kv.namespace });
      assert.equal(keysRead, 2);
    });
    await run('clearFilter', { namespace: kv.namespace });
  });

  it('says of a binding whose result becomes a key what it is, and leads from that nowhere', async () => {
    const read = 'await env.CODE_SES|SIONS.get("user:1")';
    for (const body of [
      `const id = ${read}; await env.CODE_FLAGS.get(id);`,
      `await env.CODE_FLAGS.get(${read});`,
      ['await env.CODE_FLAGS.get(`config$', `{${read}}\`);`].join(''),
    ]) {
      const { uri, position } = await openCode(worker(body));
      await eventually(async () => assert.match(await hoverText(uri, position), /code-sessions/, body));
      assert.doesNotMatch(await hoverText(uri, position), /CODE_FLAGS/, body);
      assert.deepEqual((await definitions(uri, position)).filter(isOurs), [], body);
    }
  });

  it('leads to keys only from what is written of them', async () => {
    for (const [body, isKey] of [
      ['env.CODE_SESSIONS.get(`us|er:#{hash(request.url)}`);', true],
      ['env.CODE_SESSIONS.get(`user:#{ha|sh(request.url)}`);', false],
      ['env.CODE_SESSIONS.get(`user:#{request.u|rl}`);', false],
      ['env.CODE_SESSIONS.get("us|er:" + hash(request.url));', true],
      ['env.CODE_SESSIONS.get("user:" + ha|sh(request.url));', false],
      ['env.CODE_SESSIONS.get("user:1|");', true],
      ['env.CODE_SESSIONS.get("user:1"|);', false],
    ] as const) {
      const { uri, position } = await openCode(worker(body.replace('#{', '$' + '{')));
      await eventually(async () => {
        const found = (await definitions(uri, position)).filter(isOurs);
        assert.equal(found.length > 0, isKey, body);
      });
      assert.equal((await hoverText(uri, position)) !== '', isKey, body);
    }
  });

  it('finds the same places from a key as Find in Code does, templates and listings that may give it included', async () => {
    const group = `${freshKey('group')}:`;
    const template = (start: string): string =>
      ['env.CODE_FLAGS.get(`', start, '#{request.url}`);'].join('').replace('#', '$');
    const texts = {
      key: `await env.CODE_FLAGS.get("|${group}1");`,
      template: template(`|${group}`),
      list: `await env.CODE_FLAGS.list({ prefix: "|${group}" });`,
      longer: template(`|${group}1`),
    };
    const opened = new Map<string, { uri: vscode.Uri; position: vscode.Position }>();
    for (const [name, text] of Object.entries(texts)) opened.set(name, await openCode(worker(text)));
    const names = (found: readonly vscode.Location[]): string[] =>
      [...opened].flatMap(([name, { uri }]) => (found.some(({ uri: at }) => at.fsPath === uri.fsPath) ? name : []));
    for (const [name, expected] of [
      ['key', ['key', 'template', 'list']],
      ['template', ['key', 'template', 'list', 'longer']],
      ['list', ['key', 'template', 'list', 'longer']],
      ['longer', ['template', 'list', 'longer']],
    ] as const) {
      const { uri, position } = opened.get(name) ?? assert.fail();
      await eventually(async () => {
        const found = await vscode.commands.executeCommand<vscode.Location[]>(
          'vscode.executeReferenceProvider',
          uri,
          position,
        );
        assert.deepEqual(names(found), expected, name);
      });
    }
    const flags = { ...kv.namespace, id: 'code-flags' };
    assert.deepEqual(names(await run('findInCode', { namespace: flags, key: `${group}1` })), [
      'key',
      'template',
      'list',
    ]);
    assert.deepEqual(names(await run('findInCode', { namespace: flags, prefix: group })), [...opened.keys()]);
  });

  it('takes a name that is set to two bindings for both', async () => {
    const key = freshKey('either');
    const { uri, position } = await openCode(
      worker(`let kv = env.CODE_SESSIONS; if (request.url) kv = env.CODE_FLAGS; await kv.get("${key}|");`),
    );
    await eventually(async () => {
      const text = await hoverText(uri, position);
      assert.match(text, /CODE_SESSIONS/);
      assert.match(text, /CODE_FLAGS/);
    });
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      uri,
      new vscode.Range(position, position),
    );
    for (const name of ['CODE_SESSIONS', 'CODE_FLAGS']) {
      assert.ok(actions.some(({ title }) => title.startsWith(`Create “${key}” in ${name} (local`)));
      const id = name === 'CODE_FLAGS' ? 'code-flags' : 'code-sessions';
      const found = await run<vscode.Location[]>('findInCode', { namespace: { ...kv.namespace, id }, key });
      assert.deepEqual(
        found.map(({ uri: at }) => at.fsPath),
        [uri.fsPath],
      );
    }
  });

  it('finds what else names a key, and what the view shows', async () => {
    const key = freshKey('sought');
    const first = await openCode(worker(`await env.CODE_SESSIONS.put("${key}", "x");`));
    const { uri, position } = await openCode(worker(`await env.CODE_SESSIONS.get("|${key}");`));
    const paths = (found: readonly vscode.Location[]): string[] => found.map(({ uri: at }) => at.fsPath).sort();
    const both = [first.uri.fsPath, uri.fsPath].sort();
    await eventually(async () => {
      const found = await vscode.commands.executeCommand<vscode.Location[]>(
        'vscode.executeReferenceProvider',
        uri,
        position,
      );
      assert.deepEqual(paths(found.filter(({ uri: at }) => both.includes(at.fsPath))), both);
    });
    assert.deepEqual(paths(await run('findInCode', { namespace: kv.namespace, key })), both);
    assert.deepEqual(paths(await run('findInCode', { namespace: kv.namespace, prefix: key.slice(0, 8) })), both);
    const all = await run<vscode.Location[]>('findInCode', { namespace: kv.namespace });
    assert.ok(both.every((path) => paths(all).includes(path)));
  });

  it('finds where a binding is named, in the code of its own Worker', async () => {
    const named = await openCode(module('await env.CODE_CACHE.get("a");'), { folder: api, ending: 'js' });
    const { uri, position } = await openCode('export const f = ({ CODE_CA|CHE: kv }: Env) => kv.get("b");\n', {
      folder: api,
    });
    await openCode(worker('env.CODE_CACHE.get("a");'));
    await eventually(async () => {
      const found = await vscode.commands.executeCommand<vscode.Location[]>(
        'vscode.executeReferenceProvider',
        uri,
        position,
      );
      const paths = new Set(found.map(({ uri: at }) => at.fsPath));
      assert.ok(paths.has(uri.fsPath) && paths.has(named.uri.fsPath));
      assert.ok([...paths].every((path) => path.startsWith(api)));
    });
  });

  it('finds a key of a namespace without a name in the same project only', async () => {
    const key = freshKey('unnamed');
    const body = (marked: string): string => `export const read = (kv: KVNamespace) => kv.get("${marked}");\n`;
    const own = await openCode(worker(`await env.CODE_SESSIONS.get("${key}");`));
    const beside = await openCode(body(key));
    await openCode(`export default { fetch: (request, env) => env.CODE_CACHE.get("${key}") };\n`, {
      folder: api,
      ending: 'js',
    });
    await openCode(body(key), { folder: api });
    const { uri, position } = await openCode(body(`|${key}`));
    await eventually(async () => {
      const found = await vscode.commands.executeCommand<vscode.Location[]>(
        'vscode.executeReferenceProvider',
        uri,
        position,
      );
      assert.deepEqual(
        found.map(({ uri: at }) => at.fsPath).sort(),
        [own, beside, { uri }].map(({ uri: at }) => at.fsPath).sort(),
      );
    });
  });

  it('shows what KV forbids, with repairs, as the setting says', async () => {
    const { document, uri } = await openCode(
      worker('await env.CODE_SESSIONS.put("a", "b", { expirationTtl: 30 });\n    env.CODE_FLAGS.put("c", "d");'),
    );
    await eventually(() => {
      assert.deepEqual(ours(uri).map(codeOf), ['expiration-ttl', 'floating-put']);
    });
    const severities = (): vscode.DiagnosticSeverity[] => ours(uri).map(({ severity }) => severity);
    const { Error: error, Warning: warning, Hint: hint } = vscode.DiagnosticSeverity;
    assert.deepEqual(severities(), [error, warning]);
    await withSettings({ 'cloudflareKv.code.diagnostics': { 'expiration-ttl': 'hint' } }, async () => {
      await eventually(() => assert.deepEqual(severities(), [hint, warning]));
    });
    await eventually(() => assert.deepEqual(severities(), [error, warning]));
    const [ttl] = ours(uri);
    assert.ok(ttl);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      uri,
      ttl.range,
    );
    const fix = actions.find(({ title }) => title === 'Use 60 seconds');
    const explain = actions.find(({ title }) => title === 'Explain “expiration-ttl”')?.command;
    assert.equal(explain?.command, 'markdown.showPreview');
    assert.match(String(explain?.arguments?.[0]), /media\/diagnostics\/expiration-ttl\.md$/);
    assert.ok(fix?.edit);
    await vscode.workspace.applyEdit(fix.edit);
    assert.match(document.getText(), /expirationTtl: 60 /);
    await eventually(() => assert.deepEqual(ours(uri).map(codeOf), ['floating-put']));
    await withSettings({ 'cloudflareKv.code.diagnostics': { 'floating-put': 'off' } }, async () => {
      await eventually(() => assert.deepEqual(ours(uri), []));
    });
    await document.save();
  });

  it('makes a key that is not there yet', async () => {
    const key = freshKey('made');
    const { uri, position } = await openCode(worker(`await env.CODE_FLAGS.get("${key}|");`));
    await eventually(async () => {
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        uri,
        new vscode.Range(position, position),
      );
      const action = actions.find(({ title }) => title.startsWith(`Create “${key}” in CODE_FLAGS (local, code-shop`));
      assert.ok(action?.command);
      await vscode.commands.executeCommand(action.command.command, ...(action.command.arguments ?? []));
    });
    await eventually(() => assert.ok(vscode.window.activeTextEditor?.document.uri.toString().endsWith(key)));
  });

  it('asks once which namespace a parameter stands for, and remembers it for the workspace', async () => {
    const actionsAt = async ({ uri, position }: { uri: vscode.Uri; position: vscode.Position }) =>
      (
        await vscode.commands.executeCommand<vscode.CodeAction[]>(
          'vscode.executeCodeActionProvider',
          uri,
          new vscode.Range(position, position),
        )
      ).filter(({ title }) => title.startsWith('Create “'));
    const helper = (key: string): string =>
      `export async function load(kv: KVNamespace) {\n  return await kv.get("${key}|");\n}\n`;
    const offeredChoices: string[] = [];
    const pick = (label: string | undefined): void => {
      stub(vscode.window, 'showQuickPick', async (items: readonly vscode.QuickPickItem[]) => {
        offeredChoices.push(...items.map((item) => `${item.label} ${item.description}`));
        return items.find((item) => item.label === label);
      });
    };
    const apply = async ({ command }: vscode.CodeAction): Promise<void> => {
      assert.ok(command);
      await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
    };
    const [first, second] = [freshKey('chosen'), freshKey('known')];
    const code = await openCode(helper(first));
    const [ask] = await eventually(async () => {
      const actions = await actionsAt(code);
      assert.deepEqual(
        actions.map(({ title }) => title),
        [`Create “${first}” in…`],
      );
      return actions;
    });
    assert.ok(ask);
    // Dismissed, nothing is made and nothing is remembered.
    pick(undefined);
    await apply(ask);
    assert.deepEqual(
      (await actionsAt(code)).map(({ title }) => title),
      [`Create “${first}” in…`],
    );
    assert.equal(offeredChoices.length, 3);
    assert.ok(offeredChoices.every((choice) => /^CODE_(SESSIONS|FLAGS) local, code-shop/.test(choice)));
    pick('CODE_FLAGS');
    await apply(ask);
    await eventually(() =>
      assert.ok(vscode.window.activeTextEditor?.document.uri.toString().endsWith(`code-flags/${first}`)),
    );
    const other = await openCode(helper(second));
    await eventually(async () => {
      const titles = (await actionsAt(other)).map(({ title }) => title);
      assert.equal(titles.length, 1);
      assert.match(titles[0] ?? '', new RegExp(`^Create “${second}” in CODE_FLAGS \\(local, code-shop`));
    });
    // What is chosen for this Worker says nothing of another.
    const foreign = await openCode(helper(second), { folder: api });
    await eventually(async () => assert.match((await actionsAt(foreign))[0]?.title ?? '', /in CODE_CACHE/));
  });

  it('knows the Worker of a file by its config, in TOML too, and takes nothing that only looks like KV', async () => {
    const text = (name: string): string =>
      `export default { fetch(request, env) { return env.${name}.get("|user:1"); } };\n`;
    const own = await openCode(text('CODE_CACHE'), { folder: api, ending: 'js' });
    await eventually(async () => assert.match(await hoverText(own.uri, own.position), /CODE_CACHE/));
    const other = await openCode(text('CODE_SESSIONS'), { folder: api, ending: 'js' });
    assert.equal(await hoverText(other.uri, other.position), '');
    const map = await openCode(worker('const kv = new Map<string, string>(); kv.get("|user:1");'));
    assert.equal(await hoverText(map.uri, map.position), '');
  });
});

describe('help inside Worker code of an account', () => {
  const account = useAccount('code-remote');
  const folder = join(workspace, 'code-remote');
  let server: CloudflareServer;
  let clocked: typeof account.namespace;

  before(async () => {
    ({ server } = account);
    mkdirSync(join(folder, 'src'), { recursive: true });
    clocked = { ...account.namespace, id: server.createPlainNamespace('clock').id };
    const bindings = Object.entries({ CODE_REMOTE: account.namespace, CODE_CLOCK: clocked })
      .map(([name, { id }]) => `[[kv_namespaces]]\nbinding = "${name}"\nid = "${id}"\n`)
      .join('');
    writeFileSync(join(folder, 'wrangler.toml'), `name = "code-remote"\nmain = "src/index.ts"\n${bindings}`);
    await run('putKey', { namespace: account.namespace, key: 'far:1', value: 'away' });
    await run('refresh', {});
    await vscode.commands.executeCommand('cloudflareKv.tree.focus');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(closeEditors);

  it('asks it for nothing until the setting says so', async () => {
    const file = join(folder, 'src', 'index.ts');
    writeFileSync(file, 'export default { fetch: (request: Request, env: Env) => env.CODE_REMOTE.get("far:1") };\n');
    await run('loadAll', { namespace: account.namespace, prefix: 'far:' });
    const document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
    const position = document.positionAt(document.getText().indexOf('far:') + 2);
    await eventually(async () => assert.match(await hoverText(document.uri, position), /code-remote/));
    server.reset();
    assert.deepEqual(labels(await offered(document.uri, position)), ['far:1 (remote)']);
    assert.doesNotMatch(await hoverText(document.uri, position), /away/);
    assert.deepEqual(await definitions(document.uri, position), []);
    assert.equal(server.count(), 0);
    await withSettings({ 'cloudflareKv.code.remote': true }, async () => {
      await eventually(async () => assert.match(await hoverText(document.uri, position), /away/));
      const value = extension().exports.valueUri(account.namespace, 'far:1').toString();
      assert.ok((await definitions(document.uri, position)).includes(value));
    });
  });

  it('counts what is left of a key by the clock of the account', async () => {
    server.now = () => Date.now() - 3600 * 1000;
    // An answer tells that time.
    await run('refresh', {});
    const file = join(folder, 'src', 'brief.ts');
    writeFileSync(file, 'export default { fetch: (request: Request, env: Env) => env.CODE_CLOCK.get("brief") };\n');
    await run('putKey', { namespace: clocked, key: 'brief', value: 'v', expirationTtl: 1800, confirm: true });
    await run('loadAll', { namespace: clocked });
    const document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
    const position = document.positionAt(document.getText().indexOf('brief') + 2);
    const halfAnHour = /in (29|30) min/;
    await eventually(async () => assert.match(await hoverText(document.uri, position), halfAnHour));
    const offeredKeys = await offered(document.uri, position);
    const detail = offeredKeys.find(({ label }) => typeof label !== 'string' && label.label === 'brief')?.detail;
    assert.match(detail ?? '', halfAnHour);
  });
});

async function offered(uri: vscode.Uri, position: vscode.Position): Promise<vscode.CompletionItem[]> {
  const list = await vscode.commands.executeCommand<vscode.CompletionList>(
    'vscode.executeCompletionItemProvider',
    uri,
    position,
  );
  return list.items.filter(
    ({ kind }) => kind === vscode.CompletionItemKind.Value || kind === vscode.CompletionItemKind.Folder,
  );
}
const labels = (items: readonly vscode.CompletionItem[]): string[] =>
  items.map(({ label }) => (typeof label === 'string' ? label : `${label.label} (${label.description})`));

async function hoverText(uri: vscode.Uri, position: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, position);
  const texts = hovers.flatMap(({ contents }) =>
    contents.map((content) =>
      (typeof content === 'string' ? content : content.value).replaceAll('&nbsp;', ' ').replaceAll(/\\([:_])/g, '$1'),
    ),
  );
  return texts
    .map((text) => text.replaceAll('&nbsp;', ' ').replaceAll(/\\([:_])/g, '$1'))
    .filter((text) => text.includes('cloudflareKv') || /\$\((?:cloud|device-desktop)\)/.test(text))
    .join('\n');
}

async function definitions(uri: vscode.Uri, position: vscode.Position): Promise<string[]> {
  const found = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[]>(
    'vscode.executeDefinitionProvider',
    uri,
    position,
  );
  return found.map((one) => ('targetUri' in one ? one.targetUri : one.uri).toString());
}

const isOurs = (target: string): boolean => target.startsWith('cloudflare-kv');

const ours = (uri: vscode.Uri): vscode.Diagnostic[] =>
  vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Cloudflare KV');

const codeOf = ({ code }: vscode.Diagnostic): unknown => (typeof code === 'object' ? code.value : code);
