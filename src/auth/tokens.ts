import * as l10n from '@vscode/l10n';
import { isKvError, KvError } from '../core/base/errors.ts';
import type { AccountApi } from './accountApi.ts';
import type { SignIn, SignIns } from './signIns.ts';
import { cleanToken } from './token.ts';
import { type Question, verify } from './verify.ts';
import type { WranglerLogin } from './wranglerLogin.ts';
import { isProfileName } from './wranglerProfiles.ts';

export interface SignInRequest extends Question {
  /** Only for the method `token`. */
  readonly token?: string | undefined;
}

export interface TokensHost {
  readonly signIns: SignIns;
  readonly api: AccountApi;
  readonly wrangler: Pick<WranglerLogin, 'token' | 'forget' | 'profiles'>;
  /** `CLOUDFLARE_API_TOKEN` and `CLOUDFLARE_ACCOUNT_ID` are read from here each time. */
  readonly env: NodeJS.ProcessEnv;
  readonly isTrusted: () => boolean;
}

/** Gets the tokens of sign-ins: from the secret storage, wrangler's login, or the environment. */
export class Tokens {
  readonly #host: TokensHost;

  constructor(host: TokensHost) {
    this.#host = host;
  }

  /** The token of a sign-in. `refused` is a token that was not accepted. */
  async of({ id, method, profile }: SignIn, refused: string | undefined): Promise<string | undefined> {
    switch (method) {
      case 'token':
        return this.#host.signIns.token(id);
      case 'wrangler':
        return this.#host.wrangler.token(refused, profile);
      case 'environment':
        return this.#environmentToken();
    }
  }

  #environmentToken(): string {
    if (!this.#host.isTrusted()) {
      throw new KvError(
        'unauthenticated',
        l10n.t('The token of the environment is used only in a workspace that you trust.'),
      );
    }
    const token = this.#host.env.CLOUDFLARE_API_TOKEN?.trim();
    if (token === undefined || token === '') {
      throw new KvError(
        'unauthenticated',
        l10n.t('CLOUDFLARE_API_TOKEN is not set in the environment of VS Code. Set it and start VS Code again.'),
      );
    }
    return cleanToken(token);
  }

  /**
   * The token for a sign-in request, with what it gives access to. `verified` is absent if the user dismissed the
   * choice of accounts.
   */
  async verified(server: string, request: SignInRequest, signal: AbortSignal | undefined) {
    checkProfile(request);
    const { api, wrangler, env } = this.#host;
    const ask = async (token: string, question: Question = request) => ({
      token,
      verified: await verify(api.withToken(server, token), question, signal),
    });
    switch (request.method) {
      case 'token':
        return ask(cleanToken(request.token ?? ''));
      case 'environment': {
        const accountId = request.accountId ?? env.CLOUDFLARE_ACCOUNT_ID?.trim();
        return ask(this.#environmentToken(), { ...request, accountId: accountId === '' ? undefined : accountId });
      }
      case 'wrangler': {
        // Somebody else may have logged in since wrangler was last asked.
        wrangler.forget();
        const { profile } = request;
        const token = await wrangler.token(undefined, profile);
        try {
          return await ask(token);
        } catch (error) {
          // The login may have been renewed or changed since wrangler was asked.
          const renewed = isUnauthenticated(error) ? await wrangler.token(token, profile) : token;
          if (renewed === token) throw error;
          return ask(renewed);
        }
      }
    }
  }
}

/** The name becomes an argument of a program, so it is checked. */
function checkProfile({ method, profile }: SignInRequest): void {
  if (profile === undefined) return;
  if (method !== 'wrangler') {
    throw new KvError('invalidInput', l10n.t('Only the login of wrangler has profiles.'));
  }
  if (!isProfileName(profile)) {
    throw new KvError('invalidInput', l10n.t('The name of a profile has letters, digits, “-” and “_”.'));
  }
}

const isUnauthenticated = (error: unknown): boolean => isKvError(error, 'unauthenticated');
