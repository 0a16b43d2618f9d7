import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { errorText, isKvError, KvError } from '../core/base/errors.ts';
import { type Finished, type Program, runProgram } from './runProgram.ts';
import { loginCommand, profilesOf, type WranglerProfile } from './wranglerProfiles.ts';

export interface WranglerHost {
  /** The wranglers to ask, best first. */
  readonly programs: () => Promise<readonly Program[]>;
  /** A folder of ours, with no `.env` and no config in it; made when it is missing. */
  readonly folder: string;
  /** The project's, to which a profile of wrangler may be bound; `undefined` where none may be asked in. Absolute. */
  readonly projectFolder?: () => string | undefined;
  /** Milliseconds for one answer. */
  readonly timeLimit?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

const TOKEN = ['auth', 'token', '--json'] as const;
const TIME_LIMIT_MS = 30_000;
/** For so long wrangler is not asked again about a token that it gave out once more after it was refused. */
const REFUSED_MS = 60_000;

/** What would make wrangler hand out another credential than its login, log more than it must, or write it down. */
const UNWANTED =
  /^(CLOUDFLARE|CF)_(?!AUTH_USE_KEYRING|COMPLIANCE_REGION)|^WRANGLER_(LOG|OUTPUT_FILE|CF_AUTHORIZATION)/i;

/** One wrangler could not even be asked; another one may. */
class Unusable extends KvError {}

/** What is kept of one profile. */
interface Kept {
  token?: string;
  running?: Promise<string>;
  /** Wrangler has no other one. */
  refused?: { readonly token: string; readonly at: number };
}

/**
 * The login of wrangler, as wrangler itself gives it out: kept in memory only, one run at a time. It renews an expired
 * login on its own; nobody else may, because a refresh token is good for one use.
 */
export class WranglerLogin {
  readonly #host: WranglerHost;
  /** By profile; `undefined` is what wrangler takes by itself in the project. */
  readonly #kept = new Map<string | undefined, Kept>();

  constructor(host: WranglerHost) {
    this.#host = host;
  }

  /**
   * The token of a profile, or of the one that wrangler takes in the project; `refused` is one that the service did not
   * accept, after which wrangler is asked again.
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

  /** The next call asks wrangler, whatever it said before. */
  forget(): void {
    this.#kept.clear();
  }

  /** The logins that wrangler keeps by name, `default` among them; none where it knows of no names. Never rejects. */
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
   * As wrangler gives it out in the project's folder: by the profile that is bound to it. `undefined` where it gives no
   * login there, whose absence would be told as well in a folder without a profile.
   */
  async #ofProject(program: Program): Promise<string | undefined> {
    const { projectFolder, folder } = this.#host;
    const project = projectFolder?.();
    if (project === undefined) return undefined;
    try {
      // In the place of the `.env` that lies there, whose token is not the login. Node itself looks for the file, too.
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
            // With it goes the question to the registry whether there is a newer one.
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

/** Reads wrangler's answer. What it printed may hold a token, so no part of it becomes part of an error. */
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
