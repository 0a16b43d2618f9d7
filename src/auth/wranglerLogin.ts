import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { errorText, isKvError, KvError } from '../core/base/errors.ts';
import { type Finished, type Program, runProgram } from './runProgram.ts';

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

const TIME_LIMIT_MS = 30_000;
/** For so long wrangler is not asked again about a token that it gave out once more after it was refused. */
const REFUSED_MS = 60_000;

/** What would make wrangler hand out another credential than its login, log more than it must, or write it down. */
const UNWANTED =
  /^(CLOUDFLARE|CF)_(?!AUTH_USE_KEYRING|COMPLIANCE_REGION)|^WRANGLER_(LOG|OUTPUT_FILE|CF_AUTHORIZATION)/i;

/** One wrangler could not even be asked; another one may. */
class Unusable extends KvError {}

/**
 * The login of wrangler, as wrangler itself gives it out: kept in memory only, one run at a time. It renews an expired
 * login on its own; nobody else may, because a refresh token is good for one use.
 */
export class WranglerLogin {
  readonly #host: WranglerHost;
  #token: string | undefined;
  #running: Promise<string> | undefined;
  /** Wrangler has no other one. */
  #refused: { readonly token: string; readonly at: number } | undefined;

  constructor(host: WranglerHost) {
    this.#host = host;
  }

  /** The token; `refused` is one that the service did not accept, after which wrangler is asked again. */
  async token(refused?: string): Promise<string> {
    if (this.#token !== undefined && this.#token !== refused) return this.#token;
    const now = this.#host.now ?? (() => performance.now());
    if (refused !== undefined && this.#refused?.token === refused && now() - this.#refused.at < REFUSED_MS)
      return refused;
    this.#running ??= this.#ask().finally(() => {
      this.#running = undefined;
    });
    const token = await this.#running;
    this.#token = token;
    this.#refused = token === refused ? { token, at: now() } : undefined;
    return token;
  }

  /** The next call asks wrangler, whatever it said before. */
  forget(): void {
    this.#token = undefined;
    this.#refused = undefined;
  }

  async #ask(): Promise<string> {
    const programs = await this.#host.programs();
    let problem: KvError = new KvError(
      'unsupported',
      l10n.t(
        'No wrangler was found, neither in this project nor on the PATH. Install it, or sign in with an API token.',
      ),
    );
    for (const program of programs) {
      try {
        return (await this.#ofProject(program)) ?? tokenOf(await this.#run(program, this.#host.folder));
      } catch (error) {
        if (!(error instanceof Unusable)) throw error;
        problem = error;
      }
    }
    throw problem;
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
      return tokenOf(await this.#run(program, project, ['--env-file', noEnv]));
    } catch (error) {
      if (isKvError(error, 'unsupported')) return undefined;
      throw error;
    }
  }

  async #run(program: Program, cwd: string, args: readonly string[] = []): Promise<Finished> {
    const { folder, timeLimit = TIME_LIMIT_MS, env = process.env } = this.#host;
    await mkdir(folder, { recursive: true });
    const wanted = Object.entries(env).filter(([name]) => !UNWANTED.test(name));
    try {
      return await runProgram(
        { ...program, args: [...program.args, 'auth', 'token', '--json', ...args] },
        {
          cwd,
          timeLimit,
          env: {
            ...Object.fromEntries(wanted),
            WRANGLER_SEND_METRICS: 'false',
            WRANGLER_WRITE_LOGS: 'false',
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
function tokenOf({ timedOut, code, stdout, stderr }: Finished): string {
  if (timedOut) {
    throw new KvError('offline', l10n.t('wrangler did not answer in time when asked for its login. Try again.'));
  }
  if (/not logged in/i.test(stderr + stdout)) {
    throw new KvError(
      'unauthenticated',
      l10n.t(
        'wrangler is not logged in, or cannot reach Cloudflare to renew its login. Check the network, run “npx wrangler login”, then sign in again.',
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
