import { Turns } from '../core/base/turns.ts';
import type { Account } from './account.ts';

export const signInMethods = ['token', 'wrangler', 'environment'] as const;
export type SignInMethod = (typeof signInMethods)[number];

/** A credential and the accounts that it is used for. Contains no secret. */
export interface SignIn {
  readonly id: string;
  readonly method: SignInMethod;
  /** Only for the method `wrangler`: the name of the login. If absent, wrangler chooses the one for the project. */
  readonly profile?: string;
  /** The base URL where it was verified. Its credential is sent nowhere else. */
  readonly server: string;
  /** Never empty. On one server, no account is in two sign-ins. */
  readonly accounts: readonly Account[];
}

/** Storage for sign-ins that survives a restart; `vscode.Memento` fits. */
export interface SignInMemory {
  get<T>(key: string): T | undefined;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** Storage for tokens; `vscode.SecretStorage` fits. */
export interface Secrets {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

const SIGN_INS = 'signIns';
const HIDDEN = 'hiddenAccounts';
const secretKey = (id: string): string => `cloudflareKv.token.${id}`;

/** The sign-ins of this user. They are kept in the memento, and their tokens only in the secret storage. */
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

  /** Stores a sign-in. Its accounts are removed from other sign-ins on that server. */
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

  /** Forgets accounts, and every credential that no account uses any more. */
  async remove(accountIds: ReadonlySet<string>): Promise<void> {
    await this.#turns.take(SIGN_INS, async () => {
      await this.#keep(without(this.all, accountIds));
      await this.setHidden(this.hidden.filter((id) => !accountIds.has(id)));
    });
  }

  /** The token of a sign-in with the method `token`; `undefined` if it was deleted, here or in another window. */
  async token(id: string): Promise<string | undefined> {
    const known = this.#tokens.get(id) ?? (await this.#secrets.get(secretKey(id)));
    if (known !== undefined) this.#tokens.set(id, known);
    return known;
  }

  /** Call when another window has stored or deleted secrets. */
  secretsChanged(): void {
    this.#tokens.clear();
  }

  async #keep(signIns: readonly SignIn[]): Promise<void> {
    const kept = new Set(signIns.map((signIn) => signIn.id));
    // Deletes the secret first, so that an interruption cannot leave a token that no sign-in refers to.
    for (const { id, method } of this.all) {
      if (kept.has(id)) continue;
      this.#tokens.delete(id);
      if (method === 'token') await this.#secrets.delete(secretKey(id));
    }
    await this.#memory.update(SIGN_INS, signIns);
  }
}

/** The sign-ins without these accounts, on all servers or on one. */
function without(signIns: readonly SignIn[], accountIds: ReadonlySet<string>, server?: string): SignIn[] {
  return signIns.flatMap((signIn) => {
    if (server !== undefined && signIn.server !== server) return signIn;
    const accounts = signIn.accounts.filter((account) => !accountIds.has(account.id));
    return accounts.length > 0 ? { ...signIn, accounts } : [];
  });
}
