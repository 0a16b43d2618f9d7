import * as l10n from '@vscode/l10n';
import { isKvError, KvError } from '../core/base/errors.ts';
import type { AccountApi } from './accountApi.ts';
import type { SignIn, SignIns } from './signIns.ts';
import { cleanToken } from './token.ts';
import { type Question, verify } from './verify.ts';
import type { WranglerLogin } from './wranglerLogin.ts';
import { isProfileName } from './wranglerProfiles.ts';

export interface SignInRequest extends Question {
  /** With the method `token` only. */
  readonly token?: string | undefined;
}

export interface TokensHost {
  readonly signIns: SignIns;
  readonly api: AccountApi;
  readonly wrangler: Pick<WranglerLogin, 'token' | 'forget' | 'profiles'>;
  /** `CLOUDFLARE_API_TOKEN` and `CLOUDFLARE_ACCOUNT_ID` are read here, when they are asked for. */
  readonly env: NodeJS.ProcessEnv;
  readonly isTrusted: () => boolean;
}

/** Where the tokens of sign-ins come from: the secret storage, the login of wrangler, or the environment. */
export class Tokens {
  readonly #host: TokensHost;

  constructor(host: TokensHost) {
    this.#host = host;
  }

  /** That of a sign-in; `refused` is what did not pass. */
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
   * The token of a request, with what it opens there; `verified` is absent when the choice of accounts was dismissed.
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
        // Somebody else may have logged in since it was asked.
        wrangler.forget();
        const { profile } = request;
        const token = await wrangler.token(undefined, profile);
        try {
          return await ask(token);
        } catch (error) {
          // The login may have been renewed, or be another one, since wrangler was asked.
          const renewed = isUnauthenticated(error) ? await wrangler.token(token, profile) : token;
          if (renewed === token) throw error;
          return ask(renewed);
        }
      }
    }
  }
}

/** It becomes an argument of a program. */
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
