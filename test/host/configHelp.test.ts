import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import { stub } from './stub.ts';
import {
  closeEditors,
  extension,
  foreignSource,
  removeFolder,
  run,
  testNamespace,
  withSettings,
  workspace,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

const OURS = 'Cloudflare KV';
const UNKNOWN = 'f'.repeat(32);

/** What is in both kinds of config; `ids` are of the account. */
interface Ids {
  readonly sessions: string;
  readonly cache: string;
}

const toml = ({ sessions, cache }: Ids): string => `name = "help-toml" # a Worker
compatibility_date = "2026-06-01"

[[kv_namespaces]]
binding = "SESSIONS" # who is signed in
id = "${sessions}"
remote = true

[[kv_namespaces]]
binding = "CACHE"

[env.staging]
kv_namespaces = [{ binding = "SESSIONS", id = "${cache}" }]

[env.production.vars]
LEVEL = "1"
`;

const jsonc = ({ sessions, cache }: Ids): string => `{
  "name": "help-jsonc", // a Worker
  "compatibility_date": "2026-06-01",
  "kv_namespaces": [
    { "binding": "SESSIONS", "id": "${sessions}", "remote": true }, // who is signed in
    { "binding": "CACHE" }
  ],
  "env": {
    "staging": {
      "kv_namespaces": [{ "binding": "SESSIONS", "id": "${cache}" }]
    },
    "production": {
      "vars": { "LEVEL": "1" }
    }
  }
}
`;

const kinds = [
  { kind: 'TOML', file: join('packages', 'help-toml', 'wrangler.toml'), make: toml, project: 'help-toml' },
  { kind: 'JSONC', file: join('packages', 'help-jsonc', 'wrangler.jsonc'), make: jsonc, project: 'help-jsonc' },
];

describe('help inside wrangler configs', () => {
  const account = useAccount('shop-sessions');
  let ids: Ids;
  let spy: WindowSpy;

  before(() => {
    ids = { sessions: account.namespace.id, cache: account.server.createNamespace('shop-cache').id };
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });
  after(async () => {
    for (const { file } of kinds) await removeFolder(dirname(join(workspace, file)));
    await eventually(async () => assert.ok(!(await isProject('help-toml')) && !(await isProject('help-jsonc'))));
  });

  const isProject = async (project: string): Promise<boolean> =>
    (await extension().exports.namespaces()).some(({ bindings }) =>
      bindings.some(({ config }) => dirname(config.fsPath).endsWith(project)),
    );

  /** The server is not Cloudflare's own, so its name stands behind that of the account. */
  const accountLabel = (): string => `Acme Inc at ${new URL(account.server.baseUrl).host}`;
  const loadLists = async (): Promise<void> => {
    await run('refresh', {});
    await extension().exports.namespaces();
  };

  for (const { kind, file, make, project } of kinds) {
    describe(`in ${kind}`, () => {
      let path: string;
      let uri: vscode.Uri;
      let document: vscode.TextDocument;
      let editor: vscode.TextEditor;

      beforeEach(async () => {
        path = join(workspace, file);
        uri = vscode.Uri.file(path);
        await mkdir(dirname(path), { recursive: true });
        // What is the same already is not told of, and read anew, in the midst of a test.
        if ((await readFile(path, 'utf8').catch(() => '')) !== make(ids)) await writeFile(path, make(ids));
        await eventually(async () => assert.ok(await isProject(project)));
        document = await vscode.workspace.openTextDocument(uri);
        await eventually(() => assert.equal(document.getText(), make(ids)));
        editor = await vscode.window.showTextDocument(document, { preview: false });
      });

      const lenses = async (): Promise<vscode.CodeLens[]> =>
        (await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 100)).filter(
          ({ command }) => command?.command === '_cloudflareKv.binding' || command?.command === '',
        );
      /** By the lines that they stand over. */
      const lensTexts = async (): Promise<string[]> => {
        const all = await lenses();
        const byLine = Map.groupBy(all, ({ range }) => range.start.line);
        return [...byLine]
          .sort(([a], [b]) => a - b)
          .map(([line, group]) => {
            const titles = group.map(({ command }) => command?.title.replace(/^\$\([\w-]+\) /, ''));
            return `${document.lineAt(line).text.trim().slice(0, 18)}: ${titles.join(' | ')}`;
          });
      };
      const replace = async (start: number, end: number, text: string): Promise<void> => {
        await eventually(async () => {
          const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
          assert.ok(await editor.edit((builder) => builder.replace(range, text)));
        });
      };
      const found = (): vscode.Diagnostic[] =>
        vscode.languages.getDiagnostics(uri).filter(({ source }) => source === OURS);
      const codeOf = ({ code }: vscode.Diagnostic): unknown => (typeof code === 'object' ? code.value : code);
      const codes = (): unknown[] => found().map(codeOf);
      const fixes = async (code: string): Promise<vscode.CodeAction[]> => {
        const diagnostic = found().find((one) => codeOf(one) === code);
        assert.ok(diagnostic, code);
        const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
          'vscode.executeCodeActionProvider',
          uri,
          diagnostic.range,
          vscode.CodeActionKind.QuickFix.value,
          100,
        );
        return actions.filter(({ title: given }) => /^(Copy from|Remove|Sign in|List the)/.test(given));
      };
      const apply = async (code: string): Promise<string> => {
        const [fix, ...others] = await fixes(code);
        assert.deepEqual(others, []);
        assert.ok(fix?.edit);
        assert.ok(await vscode.workspace.applyEdit(fix.edit));
        return fix.title;
      };
      const lens = async (title: RegExp, over: RegExp): Promise<void> => {
        const command = await eventually(async () => {
          const [one, ...more] = (await lenses()).filter(({ command, range }) => {
            // A header says nothing of its binding, the line below it does.
            const last = document.lineAt(range.start.line + (kind === 'TOML' ? 1 : 0)).range.end;
            return title.test(command?.title ?? '') && over.test(document.getText(range.with({ end: last })));
          });
          assert.ok(one?.command && more.length === 0, String(title));
          return one.command;
        });
        await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
      };

      it('offers on every binding what its text allows, and says where it leads once that is known', async () => {
        await loadLists();
        const [first, second, third] = await eventually(async () => {
          const texts = await lensTexts();
          assert.equal(texts.length, 3);
          assert.match(texts[0] ?? '', /Acme Inc/);
          return texts;
        });
        const all = `Open Local | Open in ${accountLabel()} | Pull | Push`;
        assert.ok(first?.endsWith(`: ${all} | dev uses the real namespace`), first);
        assert.ok(second?.endsWith(': Open Local | Create Namespace…'), second);
        assert.ok(third?.endsWith(`: ${all}`), third);
      });

      it('keeps what it offers while the text is broken, typed character by character', async () => {
        const text = document.getText();
        const before = 11;
        await eventually(async () => assert.equal((await lenses()).length, before));
        const start = text.indexOf('binding', text.indexOf('SESSIONS') + 10) - (kind === 'TOML' ? 0 : 1);
        const end = text.indexOf('\n', start);
        for (let at = end; at > start; at--) {
          await replace(at - 1, at, '');
          assert.equal((await lenses()).length, before, `${at - start} left`);
        }
        for (let at = start; at < end; at++) {
          await replace(at, at, text.charAt(at));
          assert.equal((await lenses()).length, before, `${at - start} typed`);
        }
        assert.equal(document.getText(), text);
        // Something that is broken for long, above all of them: they move along.
        for (const character of kind === 'TOML' ? '[x\n' : '{\n') await replace(0, 0, character);
        const moved = await lensTexts();
        assert.equal(moved.length, 3);
        for (const line of moved) assert.match(line, /^(\[\[kv_namespaces|kv_namespaces|\{ "binding|"kv_namespaces)/);
      });

      it('opens the local and the remote namespace', async () => {
        await vscode.commands.executeCommand('cloudflareKv.tree.focus');
        const source = foreignSource(dirname(path));
        await testNamespace(ids.sessions, source).put('k', 'v');
        const idOfRow = async (): Promise<string> => {
          await vscode.env.clipboard.writeText('');
          await run('copyNamespaceId', { from: 'selection' });
          return vscode.env.clipboard.readText();
        };
        await vscode.window.showTextDocument(document);
        await lens(/Open Local/, /CACHE/);
        await eventually(async () => assert.equal(await idOfRow(), 'CACHE'));
        await vscode.window.showTextDocument(document);
        await lens(/Open (in Acme Inc|Remote)/, kind === 'TOML' ? /who is/ : /remote/);
        await eventually(async () => assert.equal(await idOfRow(), ids.sessions));
        assert.deepEqual(spy.asked, []);
      });

      it('says how to come to a namespace that no account has', async () => {
        const at = document.getText().indexOf(ids.cache);
        await replace(at, at + 32, UNKNOWN);
        await lens(/Open Remote/, /staging|env\.staging|SESSIONS", id = "f|SESSIONS", "id": "f/);
        assert.equal(spy.asked.length, 1);
        assert.match(spy.asked[0]?.text ?? '', /No account .* “SESSIONS”/);
        assert.deepEqual(spy.asked[0]?.items, ['Sign In…']);
      });

      it('creates the namespace of a binding without one, and writes its ID in', async () => {
        spy.answer = ({ how, items }) => (how === 'showQuickPick' ? undefined : items[0]);
        await lens(/Create Namespace/, /CACHE/);
        assert.deepEqual(
          spy.asked.map(({ how }) => how),
          ['showQuickPick'],
        );
        const title = `${project}-CACHE`;
        const titles = async () => (await extension().exports.namespaces()).map((one) => one.title);
        assert.ok(!(await titles()).includes(title));

        const choosing = stub(vscode.window, 'showQuickPick', async (items: readonly unknown[]) => items[0]);
        await lens(/Create Namespace/, /CACHE/);
        choosing.dispose();
        const made = account.server.namespaces.of(account.server.account.id).find((one) => one.title === title);
        assert.ok(made);
        assert.ok((await readFile(path, 'utf8')).includes(made.id));
        assert.match(spy.asked.at(-1)?.text ?? '', /^Created help-\w+-CACHE \(Acme Inc.*\) and wrote its ID into/);
        await eventually(() => assert.ok(document.getText().includes(made.id)));
        await eventually(async () => assert.equal((await lenses()).length, 13));
      });

      it('asks what a pull and a push would do, with the namespaces of that binding', async () => {
        for (const [title, says] of [
          [/Pull/, /same already|Pull|SESSIONS/],
          [/Push/, /SESSIONS/],
        ] as const) {
          await testNamespace(ids.sessions, foreignSource(dirname(path))).put('only-here', 'v');
          const before = spy.asked.length;
          await lens(title, kind === 'TOML' ? /who is/ : /remote/);
          const asked = spy.asked.slice(before);
          assert.ok(asked.length > 0);
          assert.match(asked.map(({ text }) => text).join('\n'), says);
        }
        assert.equal(account.server.count('bulkPut', 'putValue'), 0);
      });

      const hoverAt = async (offset: number): Promise<string> => {
        const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
          'vscode.executeHoverProvider',
          uri,
          document.positionAt(offset),
        );
        return hovers
          .flatMap(({ contents }) => contents)
          .map((content) => (typeof content === 'string' ? content : content.value))
          .join('\n');
      };

      it('tells title and account of an ID, and asks nobody for it', async () => {
        await loadLists();
        const text = document.getText();
        const requests = account.server.log.length;
        const hover = await hoverAt(text.indexOf(ids.sessions) + 5);
        assert.match(hover, /\*\*shop\\?-sessions\*\* · Acme/);
        assert.match(hover, /_cloudflareKv\.binding/);
        assert.match(await hoverAt(text.indexOf(ids.cache)), /shop\\?-cache/);
        assert.doesNotMatch(await hoverAt(text.indexOf('SESSIONS')), /shop\\?-sessions/);
        await replace(0, 0, kind === 'TOML' ? '[x\n' : '{\n');
        assert.match(await hoverAt(document.getText().indexOf(ids.cache) + 3), /shop\\?-cache/);
        assert.equal(account.server.log.length, requests);
      });

      const offered = async (offset: number): Promise<vscode.CompletionItem[]> => {
        const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
          'vscode.executeCompletionItemProvider',
          uri,
          document.positionAt(offset),
        );
        // VS Code offers every word of a text by itself.
        return items.filter(({ detail }) => detail === ids.sessions || detail === ids.cache);
      };

      it('completes IDs by their titles while they are typed, whatever is still open', async () => {
        await loadLists();
        const requests = account.server.log.length;
        const text = document.getText();
        const at = text.lastIndexOf(ids.cache);
        // The rest of the line goes, the quote with it.
        await replace(at, text.indexOf('\n', at), '');
        for (const [index, character] of [...`${ids.cache.slice(0, 4)}`].entries()) {
          const items = await offered(at + index);
          assert.deepEqual(
            items
              .map(({ label }) => (typeof label === 'string' ? label : `${label.label}, ${label.description}`))
              .sort(),
            [`shop-cache, ${accountLabel()}`, `shop-sessions, ${accountLabel()}`],
          );
          const [item] = items;
          const range = item?.range;
          assert.ok(range instanceof vscode.Range);
          assert.deepEqual([document.offsetAt(range.start), document.offsetAt(range.end)], [at, at + index]);
          assert.equal(item?.detail, item?.insertText);
          await replace(at + index, at + index, character);
        }
        assert.deepEqual(await offered(document.getText().indexOf('2026')), []);
        assert.equal(account.server.log.length, requests);
      });

      it('explains what it has found by a page', async () => {
        await eventually(() => assert.deepEqual(codes(), ['missing-binding', 'missing-binding']));
        const [first] = found();
        assert.ok(first && typeof first.code === 'object');
        const page = first.code.target;
        assert.match(await readFile(page.fsPath, 'utf8'), /^# An environment/);
        const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
          'vscode.executeCodeActionProvider',
          uri,
          first.range,
          vscode.CodeActionKind.QuickFix.value,
          100,
        );
        const explain = actions.filter(({ title }) => title === 'Explain “missing-binding”');
        assert.deepEqual(
          explain.map(({ command }) => [command?.command, String(command?.arguments?.[0])]),
          [['markdown.showPreview', page.toString()]],
        );
      });

      it('names what environments lack, and copies it from the top level, comments and layout kept', async () => {
        await eventually(() => assert.deepEqual(codes(), ['missing-binding', 'missing-binding']));
        const [staging, production] = found();
        assert.equal(staging?.severity, vscode.DiagnosticSeverity.Information);
        assert.match(staging?.message ?? '', /“staging” lacks KV bindings of the top level: CACHE\./);
        assert.match(production?.message ?? '', /“production” lacks .*: SESSIONS, CACHE\./);
        assert.equal(await apply('missing-binding'), 'Copy from the top level: CACHE');
        await eventually(() => assert.equal(codes().length, 1));
        assert.equal(await apply('missing-binding'), 'Copy from the top level: SESSIONS, CACHE');
        await eventually(() => assert.deepEqual(codes(), []));
        const staged =
          kind === 'TOML' ? `"${ids.cache}" }, { binding = "CACHE" }]` : `"${ids.cache}" }, { "binding": "CACHE" }]`;
        assert.ok(document.getText().includes(staged), document.getText());
        assert.ok(document.getText().includes('who is signed in'));
      });

      it('names a binding that comes twice, and a preview_id that is the ID, and removes them', async () => {
        const text = document.getText();
        const at = text.indexOf('CACHE');
        await replace(at, at + 5, 'SESSIONS');
        await eventually(() => assert.deepEqual(codes(), ['duplicate-binding', 'missing-binding']));
        const [duplicate] = found();
        assert.equal(duplicate?.severity, vscode.DiagnosticSeverity.Error);
        assert.equal(duplicate?.relatedInformation?.length, 1);
        assert.equal(await apply('duplicate-binding'), 'Remove this entry');
        await eventually(() => assert.deepEqual(codes(), ['missing-binding']));

        const id = document.getText().indexOf(ids.sessions) + 33;
        const preview = kind === 'TOML' ? `\npreview_id = "${ids.sessions}"` : `, "preview_id": "${ids.sessions}"`;
        await replace(id, id, preview);
        await eventually(() => assert.deepEqual(codes(), ['missing-binding', 'preview-id']));
        assert.equal(found()[1]?.severity, vscode.DiagnosticSeverity.Warning);
        assert.equal(await apply('preview-id'), 'Remove “preview_id”');
        await eventually(() => assert.deepEqual(codes(), ['missing-binding']));
        assert.ok(!document.getText().includes('preview_id'));
      });

      it('says nothing while the text is broken, and as loud as the setting wants it', async () => {
        await eventually(() => assert.equal(codes().length, 2));
        await withSettings({ 'cloudflareKv.code.diagnostics': { 'missing-binding': 'warning' } }, async () => {
          await eventually(() => assert.equal(found()[0]?.severity, vscode.DiagnosticSeverity.Warning));
        });
        await withSettings({ 'cloudflareKv.code.diagnostics': { 'missing-binding': 'off' } }, async () => {
          await eventually(() => assert.deepEqual(codes(), []));
        });
        await eventually(() => assert.equal(codes().length, 2));
        await replace(0, 0, kind === 'TOML' ? '[' : '{');
        await eventually(() => assert.deepEqual(codes(), []));
        await replace(0, 1, '');
        await eventually(() => assert.equal(codes().length, 2));
      });

      it('names an ID that no account has, only while every account is listed', async () => {
        const at = document.getText().indexOf(ids.cache);
        await replace(at, at + 32, UNKNOWN);
        await loadLists();
        await eventually(() => assert.ok(codes().includes('unknown-id')));
        const unknown = found().find((one) => codeOf(one) === 'unknown-id');
        assert.equal(document.getText(unknown?.range), `"${UNKNOWN}"`);
        assert.deepEqual(
          (await fixes('unknown-id')).map(({ title }) => title),
          ['Sign in to another account…', 'List the namespaces of all accounts again'],
        );
        const { id } = account.server.account;
        await run('selectAccounts', { accounts: [] });
        await eventually(() => assert.ok(!codes().includes('unknown-id')));
        await run('selectAccounts', { accounts: [`account-${id}`] });
        await loadLists();
        await eventually(() => assert.ok(codes().includes('unknown-id')));
      });
    });
  }

  describe('of another name', () => {
    it('is there where the setting names the file, and only there', async () => {
      const uri = vscode.Uri.file(join(workspace, 'packages', 'help-named', 'settings.jsonc'));
      await mkdir(dirname(uri.fsPath), { recursive: true });
      await writeFile(uri.fsPath, jsonc(ids));
      const count = async (): Promise<number> => {
        const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
          'vscode.executeCodeLensProvider',
          uri,
          100,
        );
        return lenses.filter(({ command }) => command?.command === '_cloudflareKv.binding').length;
      };
      try {
        await vscode.window.showTextDocument(uri);
        assert.equal(await count(), 0);
        await withSettings({ 'cloudflareKv.local.configs': ['packages/help-named/settings.jsonc'] }, async () => {
          await eventually(async () => assert.equal(await count(), 10));
        });
      } finally {
        await closeEditors();
        await removeFolder(dirname(uri.fsPath));
      }
    });
  });

  describe('where the names of bindings change', () => {
    const folder = join(workspace, 'packages', 'help-types');
    const config = join(folder, 'wrangler.toml');
    const ran = join(folder, 'ran.json');
    const text = (...names: string[]): string =>
      ['name = "help-types"', ...names.map((name) => `[[kv_namespaces]]\nbinding = "${name}"`)].join('\n\n');
    const offers = () => spy.asked.filter(({ text: said }) => /Run “wrangler types/.test(said));
    /** Resolves when these bindings of the config are known, and no others. */
    const inProjects = (...names: readonly string[]): Promise<void> =>
      eventually(async () => {
        const bindings = (await extension().exports.namespaces()).flatMap((namespace) => namespace.bindings);
        const known = bindings.filter((binding) => binding.config.fsPath === config).map(({ name }) => name);
        assert.deepEqual(known.sort(), [...names].sort());
      });

    before(async () => {
      const wrangler = join(folder, 'node_modules', 'wrangler');
      await mkdir(wrangler, { recursive: true });
      await writeFile(join(wrangler, 'package.json'), JSON.stringify({ bin: { wrangler: 'main.js' } }));
      await writeFile(
        join(wrangler, 'main.js'),
        `const { writeFileSync } = require('node:fs');
        writeFileSync(${JSON.stringify(ran)}, JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() }));
        if (process.argv.includes('--fail')) { console.error('no such option'); process.exit(1); }`,
      );
      await writeFile(config, text('ONE'));
      await inProjects('ONE');
      await vscode.window.showTextDocument(vscode.Uri.file(config));
    });
    after(async () => {
      await closeEditors();
      await removeFolder(folder);
    });

    const generated = (command: string): string =>
      `/* eslint-disable */\n// Generated by Wrangler by running \`wrangler ${command}\` (hash: 0)\ninterface Env {\n\tONE: KVNamespace;\n}\n`;

    it('offers to run the project’s own wrangler types as the file was made, once', async () => {
      await writeFile(join(folder, 'worker-configuration.d.ts'), generated('types --env-interface "My Env"'));
      spy.answer = ({ text: said, items }) => (/wrangler types/.test(said) ? items[0] : undefined);
      await writeFile(config, text('ONE', 'TWO'));
      await eventually(async () =>
        assert.deepEqual(JSON.parse(await readFile(ran, 'utf8')), {
          args: ['types', '--env-interface', 'My Env'],
          cwd: folder,
        }),
      );
      assert.equal(offers().length, 1);
      assert.match(
        offers()[0]?.text ?? '',
        /help-types[\\/]wrangler\.toml .*Run “wrangler types --env-interface My Env”/,
      );
      await rm(ran);
      // Another ID is no other name.
      await writeFile(config, `${text('ONE', 'TWO')}\nid = "${UNKNOWN}"\n`);
      await eventually(async () =>
        assert.ok((await extension().exports.namespaces()).some(({ id }) => id === UNKNOWN)),
      );
      assert.equal(offers().length, 1);
    });

    it('is told of once when a binding is added by its command', async () => {
      await writeFile(config, text('ONE'));
      await inProjects('ONE');
      stub(vscode.window, 'showQuickPick', async (items: readonly vscode.QuickPickItem[]) =>
        items.find(
          (item) =>
            item.label === 'id' ||
            (item.label.includes('help-types') && 'place' in item) ||
            JSON.stringify(Reflect.get(item, 'namespace'))?.includes('"ONE"'),
        ),
      );
      const add = async (name: string, ...expected: readonly string[]): Promise<void> => {
        const before = spy.asked.length;
        spy.answer = ({ how }) => (how === 'showInputBox' ? name : undefined);
        await run('addBinding');
        await eventually(() => {
          const said = spy.asked.slice(before).map((asked) => asked.text);
          assert.deepEqual(said.filter((one) => /wrangler types|^Added/.test(one)).sort(), expected);
        });
      };
      const file = join('packages', 'help-types', 'wrangler.toml');
      await writeFile(join(folder, 'worker-configuration.d.ts'), generated('types'));
      await add(
        'SIX',
        `Added SIX to ${file}.`,
        `The KV bindings of ${file} have other names now. Run “wrangler types” to update worker-configuration.d.ts?`,
      );
      // Nobody offers to make what there is not.
      await rm(join(folder, 'worker-configuration.d.ts'));
      await add('SEVEN', `Added SEVEN to ${file}. Run “wrangler types” to update your Env type.`);
    });

    it('says why it failed', async () => {
      await writeFile(join(folder, 'worker-configuration.d.ts'), generated('types --fail'));
      spy.answer = ({ text: said, items }) => (/Run “wrangler types/.test(said) ? items[0] : undefined);
      await writeFile(config, text('ONE', 'THREE'));
      await eventually(() =>
        assert.ok(spy.asked.some(({ how, text: said }) => how === 'showErrorMessage' && /no such option/.test(said))),
      );
    });

    it('offers nothing where the file knows the names, was not made so, or no wrangler is there', async () => {
      await writeFile(join(folder, 'worker-configuration.d.ts'), generated('types'));
      await writeFile(config, text('ONE'));
      await inProjects('ONE');
      await writeFile(join(folder, 'worker-configuration.d.ts'), 'interface Env {}\n');
      await writeFile(config, text('ONE', 'FOUR'));
      await inProjects('ONE', 'FOUR');
      await removeFolder(join(folder, 'node_modules'));
      await writeFile(join(folder, 'worker-configuration.d.ts'), generated('types'));
      await writeFile(config, text('ONE', 'FIVE'));
      await inProjects('ONE', 'FIVE');
      assert.deepEqual(offers(), []);
    });
  });
});
