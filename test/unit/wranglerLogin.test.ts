import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findWranglers } from '../../src/auth/findWrangler.ts';
import type { Program } from '../../src/auth/runProgram.ts';
import { WranglerLogin } from '../../src/auth/wranglerLogin.ts';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import { eventually } from '../support/eventually.ts';
import { root } from '../vscodeHost/paths.ts';

describe('the login of wrangler', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (path: string, text: string): string => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  /** A stand-in for wrangler that runs this. */
  const script = (body: string, path = 'wrangler.js'): Program => ({
    file: process.execPath,
    args: [write(path, body)],
  });
  const answers = (answer: unknown): string => `console.log(JSON.stringify(${JSON.stringify(answer)}, null, 4))`;
  const fails = (text: string): string => `console.error(${JSON.stringify(text)}); process.exitCode = 1`;
  const login = (programs: readonly Program[], more: { timeLimit?: number; env?: NodeJS.ProcessEnv } = {}) =>
    new WranglerLogin({ programs: async () => programs, folder: join(folder, 'neutral'), ...more });
  const refuses = (work: Promise<unknown>, kind: KvErrorKind, says: RegExp): Promise<void> =>
    assert.rejects(work, (error) => {
      assert.ok(isKvError(error, kind), String(error));
      assert.match(error.message, says);
      assert.ok(!JSON.stringify([error.message, String(error.cause)]).includes('made-up'), error.message);
      return true;
    });

  it('is what wrangler prints, asked once and kept in memory', async () => {
    const count = join(folder, 'count');
    const program = script(
      `require('node:fs').appendFileSync(${JSON.stringify(count)}, 'x'); ${answers({ type: 'oauth', token: 'made-up' })}`,
    );
    const wrangler = login([program]);
    assert.deepEqual(await Promise.all([wrangler.token(), wrangler.token()]), ['made-up', 'made-up']);
    assert.equal(await wrangler.token(), 'made-up');
    assert.equal(await wrangler.token('older'), 'made-up');
    assert.equal(readFileSync(count, 'utf8'), 'x');
    await wrangler.token('made-up');
    assert.equal(readFileSync(count, 'utf8'), 'xx');
  });

  it('is not asked for again about a token that it has just given out once more', async () => {
    const count = join(folder, 'count');
    const program = script(
      `require('node:fs').appendFileSync(${JSON.stringify(count)}, 'x'); ${answers({ type: 'oauth', token: 'made-up' })}`,
    );
    let now = 0;
    const wrangler = new WranglerLogin({ programs: async () => [program], folder, now: () => now });
    await wrangler.token();
    for (let i = 0; i < 5; i++) assert.equal(await wrangler.token('made-up'), 'made-up');
    assert.equal(readFileSync(count, 'utf8'), 'xx');
    now = 60_000;
    await wrangler.token('made-up');
    assert.equal(readFileSync(count, 'utf8'), 'xxx');
    wrangler.forget();
    await wrangler.token();
    assert.equal(readFileSync(count, 'utf8'), 'xxxx');
  });

  it('is that of the profile that is bound to the project’s folder, whatever its .env has', async () => {
    const project = join(folder, 'project');
    mkdirSync(project);
    const byFolder = script(
      `const at = process.cwd() === ${JSON.stringify(project)} ? 'project' : 'neutral';` +
        `const answer = ${JSON.stringify({ project: { type: 'oauth', token: 'made-up-profile' }, neutral: { type: 'oauth', token: 'made-up' } })}[at];` +
        `console.log(JSON.stringify(process.argv.includes('--env-file') === (at === 'project') ? answer : {}))`,
    );
    const of = (program: Program, projectFolder?: string) =>
      new WranglerLogin({
        programs: async () => [program],
        folder: join(folder, 'neutral'),
        projectFolder: () => projectFolder,
      }).token();
    assert.equal(await of(byFolder, project), 'made-up-profile');
    assert.equal(await of(byFolder), 'made-up');
    const broken = script(
      `if (process.argv.includes('--env-file')) { console.error('Unknown argument: env-file'); process.exit(1) }` +
        answers({ type: 'oauth', token: 'made-up' }),
      'older.js',
    );
    assert.equal(await of(broken, project), 'made-up');
    const loggedOut = script(fails('Not logged in.'), 'out.js');
    await refuses(of(loggedOut, project), 'unauthenticated', /not logged in/);
  });

  it('is that of a profile by name, each kept by itself', async () => {
    const byName = script(
      `const name = process.argv.at(-1);` +
        `if (name === '--profile=gone') { console.error('Not logged in.'); process.exit(1) }` +
        `console.log(JSON.stringify({ type: 'oauth', token: process.argv.slice(2).join(' ') }))`,
    );
    const wrangler = login([byName]);
    assert.equal(await wrangler.token(undefined, 'work'), 'auth token --json --profile=work');
    assert.equal(await wrangler.token(undefined, 'default'), 'auth token --json --profile=default');
    assert.equal(await wrangler.token(), 'auth token --json');
    await refuses(wrangler.token(undefined, 'gone'), 'unauthenticated', /no login of the name gone.*auth create gone”/);
  });

  it('has the profiles that the real wrangler lists, and none where it lists none', async () => {
    const wrangler: Program = { file: process.execPath, args: [join(root, 'node_modules/wrangler/bin/wrangler.js')] };
    const env = { ...process.env, HOME: folder, USERPROFILE: folder, APPDATA: folder, XDG_CONFIG_HOME: folder };
    const older = script(fails('Unknown argument: list'), 'older.js');
    const none = script(`console.log('No profiles found. Run "wrangler login" to get started.')`, 'none.js');
    assert.deepEqual(await login([older, none]).profiles(), []);
    for (const name of ['default', 'client-2']) {
      const end = '2999-01-01T00:00:00.000Z';
      const token = `oauth_token = "made-up-${name}"\nrefresh_token = "x"\nexpiration_time = "${end}"\n`;
      write(join('.wrangler', 'config', `${name}.toml`), token);
    }
    const bindings = JSON.stringify({ [join(folder, 'shop')]: 'client-2' });
    write(join('.wrangler', 'profiles', 'directory-bindings.json'), bindings);
    assert.deepEqual(await login([older, wrangler], { env }).profiles(), [
      { name: 'client-2', folders: join(folder, 'shop') },
      { name: 'default', folders: '' },
    ]);
    assert.equal(await login([wrangler], { env }).token(undefined, 'client-2'), 'made-up-client-2');
  });

  it('is asked for in a folder of ours, without credentials, telemetry or a log file', async () => {
    const seen = join(folder, 'seen.json');
    const program = script(
      `require('node:fs').writeFileSync(${JSON.stringify(seen)}, JSON.stringify([process.cwd(), process.argv.slice(2), process.env]));` +
        answers({ type: 'oauth', token: 'made-up' }),
    );
    const env = {
      HOME: folder,
      CLOUDFLARE_AUTH_USE_KEYRING: 'true',
      WRANGLER_LOG: 'debug',
      cloudflare_email: 'x',
      CLOUDFLARE_API_TOKEN: 'x',
      CF_API_TOKEN: 'x',
      CLOUDFLARE_API_KEY: 'x',
      CLOUDFLARE_API_BASE_URL: 'x',
    };
    await login([program], { env }).token();
    const [cwd, args, given] = JSON.parse(readFileSync(seen, 'utf8'));
    assert.equal(cwd, join(folder, 'neutral'));
    assert.deepEqual(args, ['auth', 'token', '--json']);
    assert.equal(given.HOME, folder);
    assert.equal(given.CLOUDFLARE_AUTH_USE_KEYRING, 'true');
    assert.equal(given.WRANGLER_SEND_METRICS, 'false');
    assert.equal(given.WRANGLER_WRITE_LOGS, 'false');
    assert.deepEqual(
      Object.keys(given).filter((name) => /^(CLOUDFLARE|CF)_(?!AUTH_USE)|WRANGLER_LOG/i.test(name)),
      [],
    );
  });

  it('says what to do when there is none, also when only the network is missing', async () => {
    const program = script(fails('✘ [ERROR] Not logged in. Please run `wrangler login` to authenticate.'));
    await refuses(login([program]).token(), 'unauthenticated', /Check the network, run “npx wrangler login”/);
  });

  it('is not what wrangler takes from elsewhere', async () => {
    const token = { type: 'api_token', token: 'made-up' };
    const key = { type: 'api_key', key: 'made-up', email: 'anna@example.com' };
    await refuses(login([script(answers(token))]).token(), 'unsupported', /API token or key/);
    await refuses(login([script(answers(key))]).token(), 'unsupported', /API token or key/);
  });

  it('is asked of the next wrangler when one is too old or cannot be run', async () => {
    const old = script(fails('✘ [ERROR] Unknown arguments: json, token'), 'old.js');
    const good = script(answers({ type: 'oauth', token: 'made-up' }), 'good.js');
    const missing: Program = { file: join(folder, 'none'), args: [] };
    assert.equal(await login([missing, old, good]).token(), 'made-up');
    await refuses(login([old]).token(), 'unsupported', /too old.*wrangler@latest/);
    await refuses(login([missing]).token(), 'unsupported', /could not be started/);
    await refuses(login([]).token(), 'unsupported', /No wrangler was found/);
    await refuses(login([script('console.log("made-up")')]).token(), 'unsupported', /did not give out its login/);
  });

  it('is given up after a time, with everything that was started for it', async () => {
    const pid = join(folder, 'pid');
    const inner = script(
      `require('node:fs').writeFileSync(${JSON.stringify(pid)}, String(process.pid)); setInterval(() => {}, 1000)`,
      'inner.js',
    );
    const outer = script(
      `require('node:child_process').spawn(process.execPath, ${JSON.stringify(inner.args)}, { stdio: 'inherit' })`,
    );
    const hasBegun = (): boolean => existsSync(pid) && readFileSync(pid, 'utf8') !== '';
    // On a busy machine it takes longer until both run.
    for (let timeLimit = 1500; !hasBegun(); timeLimit *= 2) {
      await refuses(login([outer], { timeLimit }).token(), 'offline', /did not answer in time/);
    }
    await eventually(() => assert.throws(() => process.kill(Number(readFileSync(pid, 'utf8')), 0)));
  });

  it('can be asked of the wrangler that this project has', async () => {
    const programs = await findWranglers({ projectFolders: [root], isTrusted: true, path: '' });
    assert.equal(programs.length, 1);
    const env = { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: folder };
    await refuses(login(programs, { env }).token(), 'unauthenticated', /not logged in/);
  });
});

describe('finding wrangler', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const installed = (path: string): string => {
    const packageFolder = join(folder, path, 'node_modules', 'wrangler');
    mkdirSync(join(packageFolder, 'bin'), { recursive: true });
    writeFileSync(join(packageFolder, 'package.json'), JSON.stringify({ bin: { wrangler: './bin/wrangler.js' } }));
    writeFileSync(join(packageFolder, 'bin', 'wrangler.js'), '');
    return join(packageFolder, 'bin', 'wrangler.js');
  };
  const onPath = (path: string): string => {
    mkdirSync(join(folder, path), { recursive: true });
    const file = join(folder, path, 'wrangler');
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o755);
    return file;
  };
  const find = async (isTrusted: boolean, path: string, ...projects: string[]): Promise<string[]> => {
    const programs = await findWranglers({
      projectFolders: projects.map((project) => join(folder, project)),
      isTrusted,
      path,
    });
    return programs.map(({ file, args }) => args[0] ?? file);
  };

  it('takes the project’s own before the one on the PATH, and each once', async () => {
    const hoisted = installed('shop');
    const own = installed('shop/packages/api');
    const global = onPath('bin');
    assert.deepEqual(await find(true, join(folder, 'bin'), 'shop/packages/api', 'shop/packages/web', 'shop'), [
      own,
      hoisted,
      global,
    ]);
  });

  it('runs nothing of a workspace that is not trusted, not even by way of the PATH', async () => {
    installed('shop');
    onPath('shop/bin');
    const global = onPath('bin');
    const path = [join(folder, 'shop', 'bin'), join(folder, 'bin')].join(delimiter);
    assert.deepEqual(await find(false, path, 'shop'), [global]);
  });

  it('runs the shim of a version manager by its name, and none that leads into a workspace that is not trusted', async () => {
    mkdirSync(join(folder, 'volta'));
    onPath('programs');
    renameSync(join(folder, 'programs', 'wrangler'), join(folder, 'programs', 'volta-shim'));
    const shim = join(folder, 'volta', 'wrangler');
    symlinkSync(join(folder, 'programs', 'volta-shim'), shim);
    assert.deepEqual(await find(true, join(folder, 'volta')), [shim]);
    assert.deepEqual(await find(false, join(folder, 'volta'), 'shop'), [shim]);
    assert.deepEqual(await find(false, join(folder, 'volta'), 'programs'), []);
  });

  it('runs the shim of a version manager on Windows, and rather the script that npm has put beside the command', async () => {
    mkdirSync(join(folder, 'Volta', 'bin'), { recursive: true });
    const shim = join(folder, 'Volta', 'bin', 'wrangler.exe');
    writeFileSync(shim, '');
    const script = installed('npm');
    writeFileSync(join(folder, 'npm', 'wrangler.exe'), '');
    const path = [join(folder, 'Volta', 'bin'), join(folder, 'npm'), join(folder, 'none')].join(delimiter);
    const programs = await findWranglers({ projectFolders: [], isTrusted: true, path, platform: 'win32' });
    assert.deepEqual(programs, [
      { file: shim, args: [] },
      { file: process.execPath, args: [script] },
    ]);
  });

  it('leaves out relative entries, folders, and files that are no programs', async () => {
    onPath('bin');
    chmodSync(join(folder, 'bin', 'wrangler'), 0o644);
    mkdirSync(join(folder, 'other', 'wrangler'), { recursive: true });
    const path = ['', '.', 'bin', join(folder, 'bin'), join(folder, 'other'), join(folder, 'none')].join(delimiter);
    assert.deepEqual(await find(true, path), []);
  });
});
