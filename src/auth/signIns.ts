import { Turns } from '../core/base/turns.ts';
import type { Account } from './account.ts';

export const signInMethods = ['token', 'wrangler', 'environment'] as const;
export type SignInMethod = (typeof signInMethods)[number];

/** One credential and the accounts it is used for. Holds no secret. */
export interface SignIn {
  readonly id: string;
  readonly method: SignInMethod;
  /** With the method `wrangler` only: which of its logins; without it the one that wrangler takes in the project. */
  readonly profile?: string;
  /** The base URL at which it was verified: its credential goes nowhere else. */
  readonly server: string;
  /** Never empty; no account is in two sign-ins of the same server. */
  readonly accounts: readonly Account[];
}

/** Where sign-ins outlive a restart; `vscode.Memento` fits. */
export interface SignInMemory {
  get<T>(key: string): T | undefined;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** Where tokens are kept; `vscode.SecretStorage` fits. */
export interface Secrets {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

const SIGN_INS = 'signIns';
const HIDDEN = 'hiddenAccounts';
const secretKey = (id: string): string => `cloudflareKv.token.${id}`;

/** The sign-ins of this user: what they are in the memory, their tokens only among the secrets. */
export class SignIns {
  readonly #memory: SignInMemory;
  readonly #secrets: Secrets;
  readonly #tokens = new Map<string, string>();
  /** Each change is computed from what the one before it has left. */
  readonly #turns = new Turns();

  constructor(memory: SignInMemory, secrets: Secrets) {
    this.#memory = memory;
    this.#secrets = secrets;
  }

  get all(): readonly SignIn[] {
    return this.#memory.get<readonly SignIn[]>(SIGN_INS) ?? [];
  }

  /** Ids of accounts that are signed in but not shown. */
  get hidden(): readonly string[] {
    return this.#memory.get<readonly string[]>(HIDDEN) ?? [];
  }

  async setHidden(ids: Iterable<string>): Promise<void> {
    await this.#memory.update(HIDDEN, [...new Set(ids)]);
  }

  /** Keeps a sign-in; its accounts leave whichever sign-in of that server they were in. */
  async add(signIn: SignIn, token?: string): Promise<void> {
    await this.#turns.take(SIGN_INS, () => this.#add(signIn, token));
  }

  async #add(signIn: SignIn, token: string | undefined): Promise<void> {
    const replaced = new Set(signIn.accounts.map((account) => account.id));
    if (token !== undefined) await this.#secrets.store(secretKey(signIn.id), token);
    try {
      await this.#keep([...without(this.all, replaced, signIn.server), signIn]);
    } catch (error) {
      if (token !== undefined) await this.#secrets.delete(secretKey(signIn.id));
      throw error;
    }
  }

  /** Forgets accounts, and every credential that is left without one. */
  async remove(accountIds: ReadonlySet<string>): Promise<void> {
    await this.#turns.take(SIGN_INS, async () => {
      await this.#keep(without(this.all, accountIds));
      await this.setHidden(this.hidden.filter((id) => !accountIds.has(id)));
    });
  }

  /** The token of a sign-in by token; `undefined` when it was forgotten, here or in another window. */
  async token(id: string): Promise<string | undefined> {
    const known = this.#tokens.get(id) ?? (await this.#secrets.get(secretKey(id)));
    if (known !== undefined) this.#tokens.set(id, known);
    return known;
  }

  /** Another window stored or deleted secrets. */
  secretsChanged(): void {
    this.#tokens.clear();
  }

  async #keep(signIns: readonly SignIn[]): Promise<void> {
    const kept = new Set(signIns.map((signIn) => signIn.id));
    // The secret first: what breaks off in between must not leave a token that nothing names.
    for (const { id, method } of this.all) {
      if (kept.has(id)) continue;
      this.#tokens.delete(id);
      if (method === 'token') await this.#secrets.delete(secretKey(id));
    }
    await this.#memory.update(SIGN_INS, signIns);
  }
}

/** The sign-ins without these accounts, everywhere or on one server. */
function without(signIns: readonly SignIn[], accountIds: ReadonlySet<string>, server?: string): SignIn[] {
  return signIns.flatMap((signIn) => {
    if (server !== undefined && signIn.server !== server) return signIn;
    const accounts = signIn.accounts.filter((account) => !accountIds.has(account.id));
    return accounts.length > 0 ? { ...signIn, accounts } : [];
  });
}
