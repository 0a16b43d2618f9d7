import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { errorText, isKvError, KvError } from '../core/base/errors.ts';
import { type Finished, type Program, runProgram } from './runProgram.ts';
import { loginCommand, profilesOf, type WranglerProfile } from './wranglerProfiles.ts';

export interface WranglerHost {
  /** The wranglers to ask, best first. */
  readonly programs: () => Promise<readonly Program[]>;
  /** A folder of the extension, without `.env` and config files. Created if missing. */
  readonly folder: string;
  /**
   * The absolute path of the project's folder, to which a wrangler profile may be bound; `undefined` if wrangler must
   * not run in any.
   */
  readonly projectFolder?: () => string | undefined;
  /** Milliseconds to wait for an answer. */
  readonly timeLimit?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

const TOKEN = ['auth', 'token', '--json'] as const;
const TIME_LIMIT_MS = 30_000;
/** If wrangler returns a refused token again, it is not asked again for this long. */
const REFUSED_MS = 60_000;

/**
 * Variables that would make wrangler return a credential other than its login, log more than necessary, or write the
 * credential to a file.
 */
const UNWANTED =
  /^(CLOUDFLARE|CF)_(?!AUTH_USE_KEYRING|COMPLIANCE_REGION)|^WRANGLER_(LOG|OUTPUT_FILE|CF_AUTHORIZATION)/i;

/** This wrangler could not even be asked, but another one may work. */
class Unusable extends KvError {}

/** What is cached for a profile. */
interface Kept {
  token?: string;
  running?: Promise<string>;
  /** A refused token that wrangler has returned again. */
  refused?: { readonly token: string; readonly at: number };
}

/**
 * The login of wrangler, as wrangler itself returns it: kept only in memory, with one run at a time. Wrangler renews an
 * expired login by itself. Nobody else may do that, because a refresh token can be used only once.
 */
export class WranglerLogin {
  readonly #host: WranglerHost;
  /** By profile; `undefined` stands for the one that wrangler chooses for the project. */
  readonly #kept = new Map<string | undefined, Kept>();

  constructor(host: WranglerHost) {
    this.#host = host;
  }

  /**
   * The token of a profile, or of the one that wrangler chooses for the project. If `refused` is given, the service did
   * not accept that token, and wrangler is asked again.
   */
  async token(refused?: string, profile?: string): Promise<string> {
    const kept: Kept = this.#kept.get(profile) ?? {};
    this.#kept.set(profile, kept);
    if (kept.token !== undefined && kept.token !== refused) return kept.token;
    const now = this.#host.now ?? (() => performance.now());
    if (refused !== undefined && kept.refused?.token === refused && now() - kept.refused.at < REFUSED_MS)
      return refused;
    kept.running ??= this.#ask(profile).finally(() => {
      delete kept.running;
    });
    const token = await kept.running;
    kept.token = token;
    if (token === refused) kept.refused = { token, at: now() };
    else delete kept.refused;
    return token;
  }

  /** Makes the next call ask wrangler again. */
  forget(): void {
    this.#kept.clear();
  }

  /** Wrangler's named logins, including `default`; empty if it does not support names. Never rejects. */
  async profiles(): Promise<readonly WranglerProfile[]> {
    const programs = await this.#host.programs().catch(() => []);
    for (const program of programs) {
      const found = await this.#run(program, this.#host.folder, ['auth', 'list']).then(profilesOf, () => []);
      if (found.length > 0) return found;
    }
    return [];
  }

  async #ask(profile: string | undefined): Promise<string> {
    const programs = await this.#host.programs();
    let problem: KvError = new KvError(
      'unsupported',
      l10n.t(
        'No wrangler was found, neither in this project nor on the PATH. Install it, or sign in with an API token.',
      ),
    );
    for (const program of programs) {
      try {
        return await (profile === undefined ? this.#ofFolder(program) : this.#ofProfile(program, profile));
      } catch (error) {
        if (!(error instanceof Unusable)) throw error;
        problem = error;
      }
    }
    throw problem;
  }

  async #ofFolder(program: Program): Promise<string> {
    return (await this.#ofProject(program)) ?? tokenOf(await this.#run(program, this.#host.folder, TOKEN));
  }

  async #ofProfile(program: Program, profile: string): Promise<string> {
    return tokenOf(await this.#run(program, this.#host.folder, [...TOKEN, `--profile=${profile}`]), profile);
  }

  /**
   * The login that wrangler uses in the project's folder, by the profile bound to it; `undefined` if it returns none
   * there. If there is none at all, asking in the extension's own folder reports that.
   */
  async #ofProject(program: Program): Promise<string | undefined> {
    const { projectFolder, folder } = this.#host;
    const project = projectFolder?.();
    if (project === undefined) return undefined;
    try {
      // Replaces the project's `.env`, whose token is not the login. The file must exist because Node looks for it too.
      const noEnv = join(folder, 'empty.env');
      await mkdir(folder, { recursive: true });
      await writeFile(noEnv, '');
      return tokenOf(await this.#run(program, project, [...TOKEN, '--env-file', noEnv]));
    } catch (error) {
      if (isKvError(error, 'unsupported')) return undefined;
      throw error;
    }
  }

  async #run(program: Program, cwd: string, args: readonly string[]): Promise<Finished> {
    const { folder, timeLimit = TIME_LIMIT_MS, env = process.env } = this.#host;
    await mkdir(folder, { recursive: true });
    const wanted = Object.entries(env).filter(([name]) => !UNWANTED.test(name));
    try {
      return await runProgram(
        { ...program, args: [...program.args, ...args] },
        {
          cwd,
          timeLimit,
          env: {
            ...Object.fromEntries(wanted),
            WRANGLER_SEND_METRICS: 'false',
            WRANGLER_WRITE_LOGS: 'false',
            // Hiding the banner also avoids asking the registry for a newer version.
            WRANGLER_HIDE_BANNER: 'true',
            NO_COLOR: '1',
          },
        },
      );
    } catch (error) {
      throw new Unusable('unsupported', l10n.t('wrangler could not be started: {0}', errorText(error)), {
        cause: error,
      });
    }
  }
}

/** Parses wrangler's answer. Its output may contain a token, so no part of it is used in an error. */
function tokenOf({ timedOut, code, stdout, stderr }: Finished, profile?: string): string {
  if (timedOut) {
    throw new KvError('offline', l10n.t('wrangler did not answer in time when asked for its login. Try again.'));
  }
  if (/not logged in/i.test(stderr + stdout)) {
    throw new KvError(
      'unauthenticated',
      profile === undefined
        ? l10n.t(
            'wrangler is not logged in, or cannot reach Cloudflare to renew its login. Check the network, run “npx wrangler login”, then sign in again.',
          )
        : l10n.t(
            'wrangler has no login of the name {0}, or cannot reach Cloudflare to renew it. Check the network, run “{1}”, then sign in again.',
            profile,
            loginCommand(profile),
          ),
    );
  }
  const answer = code === 0 ? parsed(stdout) : undefined;
  if (answer?.type === 'oauth' && typeof answer.token === 'string' && answer.token !== '') return answer.token;
  if (answer?.type === 'api_token' || answer?.type === 'api_key') {
    throw new KvError(
      'unsupported',
      l10n.t('wrangler uses an API token or key here, and no login. Sign in with an API token instead.'),
    );
  }
  throw new Unusable(
    'unsupported',
    /unknown (argument|command)/i.test(stderr)
      ? l10n.t(
          'This wrangler is too old to give out its login. Update it (npm install --save-dev wrangler@latest), or sign in with an API token.',
        )
      : l10n.t(
          'wrangler did not give out its login. Run “npx wrangler auth token” in a terminal to see why, or sign in with an API token.',
        ),
  );
}

function parsed(stdout: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(stdout);
    return typeof answer === 'object' && answer !== null ? { ...answer } : undefined;
  } catch {
    return undefined;
  }
}
