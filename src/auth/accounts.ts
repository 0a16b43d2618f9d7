import { randomUUID } from 'node:crypto';
import * as l10n from '@vscode/l10n';
import type { AccountCalls } from '../cloudflare/accountCalls.ts';
import { errorText, KvError } from '../core/base/errors.ts';
import { type Disposable, Emitter, type Event } from '../core/base/event.ts';
import type { SourceGroup } from '../core/store/sourceRegistry.ts';
import type { KvSource } from '../core/store/store.ts';
import type { UsageQuery, UsageReadings } from '../core/usage/readings.ts';
import { type Account, sourceIdOf } from './account.ts';
import type { AccountSource, Credential } from './accountApi.ts';
import type { SignIn, SignInMethod } from './signIns.ts';
import { type SignInRequest, Tokens, type TokensHost } from './tokens.ts';
import { notAccepted, type Verified } from './verify.ts';
import type { WranglerProfile } from './wranglerProfiles.ts';

/** The server that receives the API requests. */
export interface ApiServer {
  /** The base URL of all requests. Tokens are sent nowhere else. */
  readonly url: string;
  /** Shown wherever one of its accounts is named; absent for Cloudflare's own server. */
  readonly name?: string;
}

export interface AccountsHost extends TokensHost {
  /** From the setting; throws `invalidInput`. */
  readonly server: () => ApiServer;
  readonly onDidChangeServer: Event<unknown>;
  /**
   * Closes whatever shows data of these sources. With `giveUp`, unsaved text is discarded; with `keep`, its editors
   * stay open.
   */
  readonly closeDocuments: (sourceIds: readonly string[], unsaved: 'giveUp' | 'keep') => Promise<void>;
  /** Removes everything stored about these sources: undo backups, marks, and what is known about documents. */
  readonly forget: (sourceIds: readonly string[]) => Promise<void>;
  /** Removes the undo data of these sources, now or when a running operation of this window has ended. */
  readonly forgetUndo: (sourceIds: readonly string[]) => Promise<void>;
}

/** A signed-in account. */
export interface AccountState extends Account {
  readonly method: SignInMethod;
  readonly isShown: boolean;
}

/** The signed-in accounts. They are available right after a start, without any request and without reading a token. */
export class Accounts implements SourceGroup, Disposable {
  readonly #host: AccountsHost;
  readonly #tokens: Tokens;
  readonly #changed = new Emitter<void>();
  readonly #listening: Disposable;
  #sources = new Map<string, AccountSource>();
  /** The id of the sign-in that serves each account, as this window last saw it. */
  #servedBy: ReadonlyMap<string, string> | undefined;
  /** Ids of accounts that were signed in, shown or hidden, so this window may have stored something about them. */
  readonly #seen = new Set<string>();
  readonly onDidChange: Event<void> = this.#changed.event;
  readonly ready: Promise<void> = Promise.resolve();

  constructor(host: AccountsHost) {
    this.#host = host;
    this.#tokens = new Tokens(host);
    this.#update();
    this.#noteSeen();
    this.#listening = host.onDidChangeServer(() => {
      this.#dropSources();
      this.#update();
      this.#changed.fire();
    });
  }

  get sources(): readonly KvSource[] {
    return [...this.#sources.values()];
  }

  /** The accounts of the current server, shown or hidden. */
  get accounts(): readonly AccountState[] {
    const hidden = new Set(this.#host.signIns.hidden);
    const server = this.#server();
    return this.#host.signIns.all.flatMap((signIn) =>
      signIn.server === server?.url
        ? signIn.accounts.map(({ id, name }) => ({ id, name, method: signIn.method, isShown: !hidden.has(id) }))
        : [],
    );
  }

  /** The name of the server, if it is not Cloudflare's own. */
  get foreignServer(): string | undefined {
    return this.#host.server().name;
  }

  /** Verifies a credential and stores it. `undefined` if the user dismissed the choice of accounts. */
  async signIn(request: SignInRequest, signal?: AbortSignal): Promise<Verified | undefined> {
    const { signIns, server: serverNow } = this.#host;
    const server = serverNow().url;
    const { token, verified } = await this.#tokens.verified(server, request, signal);
    if (!verified) return undefined;
    const { accounts } = verified;
    // Accounts that are already signed in keep the credential that was tried with them, so they are left out here.
    const unwanted = verified.unwanted.filter(({ id }) => !this.accounts.some((account) => account.id === id));
    const signIn: SignIn = {
      id: randomUUID(),
      method: request.method,
      ...(request.profile !== undefined && { profile: request.profile }),
      server,
      accounts: [...accounts, ...unwanted].map(({ id, name }) => ({ id, name })),
    };
    try {
      await signIns.add(signIn, request.method === 'token' ? token : undefined);
    } catch (cause) {
      throw new KvError('server', l10n.t('VS Code could not keep the sign-in: {0}', errorText(cause)), { cause });
    }
    const shown = new Set(accounts.map((account) => account.id));
    await signIns.setHidden([
      ...signIns.hidden.filter((id) => !shown.has(id)),
      ...unwanted.map((account) => account.id),
    ]);
    this.#update(signIn.id);
    this.#noteSeen();
    this.#changed.fire();
    return verified;
  }

  /** Wrangler's named profiles; empty if it supports only one login. */
  async wranglerProfiles(): Promise<readonly WranglerProfile[]> {
    return await this.#host.wrangler.profiles();
  }

  /** All signed-in accounts, on every server. */
  get known(): readonly Account[] {
    const all = this.#host.signIns.all.flatMap(({ accounts }) => accounts);
    return [...new Map(all.map((account) => [account.id, account])).values()];
  }

  /** The accounts that would be signed out for these ids; all if absent. Throws `invalidInput` for an unknown id. */
  leaving(ids?: readonly string[]): readonly Account[] {
    if (ids === undefined) return this.known;
    checkSignedIn(ids, this.known);
    return this.known.filter(({ id }) => ids.includes(id));
  }

  /**
   * Signs out these accounts, or all on every server: forgets their credentials and all other stored data, and closes
   * their documents.
   */
  async signOut(ids?: readonly string[]): Promise<readonly Account[]> {
    const { signIns, wrangler, closeDocuments, forget } = this.#host;
    const gone = this.known.filter((account) => ids === undefined || ids.includes(account.id));
    await signIns.remove(new Set(gone.map((account) => account.id)));
    if (!signIns.all.some((signIn) => signIn.method === 'wrangler')) wrangler.forget();
    this.#update();
    this.#changed.fire();
    try {
      await closeDocuments(gone.map(sourceIdOf), 'giveUp');
    } finally {
      // Keeps the data of an account that has meanwhile been signed in again, for example in another window.
      const reached = new Set(this.known.map(({ id }) => id));
      const forgotten = gone.filter(({ id }) => !reached.has(id));
      await forget(forgotten.map(sourceIdOf));
      for (const { id } of forgotten) this.#seen.delete(id);
    }
    return gone;
  }

  /** Shows these accounts and hides the others. Resolves to the shown accounts. */
  async select(ids: readonly string[]): Promise<readonly Account[]> {
    const { signIns } = this.#host;
    checkSignedIn(ids, this.accounts);
    const here = new Set(this.accounts.map((account) => account.id));
    const elsewhere = signIns.hidden.filter((id) => !here.has(id));
    await signIns.setHidden([...elsewhere, ...[...here].filter((id) => !ids.includes(id))]);
    this.#update();
    this.#changed.fire();
    return this.accounts.filter((account) => account.isShown).map(({ id, name }) => ({ id, name }));
  }

  /** Takes over changes by another window: sign-ins, sign-outs and the choice of accounts. */
  async followOthers(): Promise<void> {
    const before = [...this.#sources.keys()];
    const isRenewed = this.#update();
    const now = [...this.#sources.keys()];
    this.#noteSeen();
    const gone = this.#signedOut();
    if (!isRenewed && before.join() === now.join() && gone.length === 0) return;
    this.#changed.fire();
    try {
      // In this window, the user was not asked about unsaved text.
      await this.#host.closeDocuments(
        gone.filter((id) => before.includes(id)).map((id) => sourceIdOf({ id })),
        'keep',
      );
    } finally {
      await this.#forgetUndo();
    }
  }

  /** A window that signs out does not know what this one has stored since, or goes on storing. */
  async #forgetUndo(): Promise<void> {
    const gone = this.#signedOut();
    if (gone.length === 0) return;
    await this.#host.forgetUndo(gone.map((id) => sourceIdOf({ id })));
    for (const id of gone) this.#seen.delete(id);
  }

  /** Ids of accounts that another window has signed out. */
  #signedOut(): readonly string[] {
    const known = new Set(this.known.map(({ id }) => id));
    return [...this.#seen].filter((id) => !known.has(id));
  }

  #noteSeen(): void {
    for (const { id } of this.known) this.#seen.add(id);
  }

  /** Call when the workspace's wrangler configs have changed, because they refer to namespaces of accounts too. */
  configsChanged(): void {
    for (const source of this.#sources.values()) source.configsChanged();
  }

  /** Call when something that this window knows of, but not the window itself, has written to a namespace. */
  namespaceChanged(accountId: string, namespace: string): void {
    this.#sources.get(accountId)?.changed({ namespace });
  }

  /** The account's API for everything except KV. Throws `unauthenticated`. */
  calls(accountId: string): AccountCalls {
    const signIn = l10n.t(
      'You are not signed in to the account {0}, or it is hidden. Sign in to see its jobs.',
      accountId,
    );
    return this.#sourceOf(accountId, signIn).calls;
  }

  /** Cloudflare's usage numbers for an account. */
  async usage(accountId: string, query: UsageQuery, signal?: AbortSignal): Promise<UsageReadings> {
    const signIn = l10n.t(
      'You are not signed in to the account {0}, or it is hidden. Sign in to see its usage.',
      accountId,
    );
    return await this.#sourceOf(accountId, signIn).usage(query, signal);
  }

  #sourceOf(accountId: string, signIn: string): AccountSource {
    const source = this.#sources.get(accountId);
    if (source) return source;
    throw new KvError('unauthenticated', signIn);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#dropSources();
    this.#changed.dispose();
  }

  #dropSources(): void {
    for (const source of this.#sources.values()) source.dispose();
    this.#sources = new Map();
  }

  #server(): ApiServer | undefined {
    try {
      return this.#host.server();
    } catch {
      // The error is reported when signing in, and in the log.
      return undefined;
    }
  }

  /**
   * Creates and disposes sources until they match the accounts that are shown. Returns the same as {@link #askAnew}.
   */
  #update(mine?: string): boolean {
    const server = this.#server();
    const before = this.#sources;
    const next = new Map<string, AccountSource>();
    for (const { id, name, isShown } of this.accounts) {
      if (server === undefined || !isShown) continue;
      const label = server.name === undefined ? name : l10n.t('{0} at {1}', name, server.name);
      const known = before.get(id);
      const make = (): AccountSource =>
        this.#host.api.source(server.url, { id, name: label }, this.#credential({ id, name: label }, server.url));
      next.set(id, known?.label === label ? known : make());
    }
    this.#sources = next;
    for (const [id, source] of before) if (next.get(id) !== source) source.dispose();
    return this.#askAnew(before, mine);
  }

  /**
   * Makes sources ask their account again if a different sign-in serves them now. Returns whether there is one. `mine`
   * is the sign-in that this window has just created.
   */
  #askAnew(sourcesBefore: ReadonlyMap<string, AccountSource>, mine?: string): boolean {
    const server = this.#server()?.url ?? '';
    const serving = [...this.#sources].flatMap(([id, source]) => {
      const signIn = this.#signInOf(id, server);
      return signIn ? { id, source, signIn } : [];
    });
    const before = this.#servedBy;
    this.#servedBy = new Map(serving.map(({ id, signIn }) => [id, signIn.id]));
    if (!before) return false;
    const seen = new Set(before.values()).add(mine ?? '');
    // Another window has asked wrangler since, so wrangler may return a different user's login by now.
    if (serving.some(({ signIn }) => signIn.method === 'wrangler' && !seen.has(signIn.id))) {
      this.#host.wrangler.forget();
    }
    const renewed = serving.filter(
      ({ id, source, signIn }) => sourcesBefore.get(id) === source && before.get(id) !== signIn.id,
    );
    for (const { source } of renewed) source.refresh();
    return renewed.length > 0;
  }

  #signInOf(account: string, server: string): SignIn | undefined {
    return this.#host.signIns.all.find((one) => one.server === server && one.accounts.some(({ id }) => id === account));
  }

  /** Looks up the sign-in each time, so that a new credential for the same account is used at once. */
  #credential({ id, name }: Account, server: string): Credential {
    return async (refused) => {
      const signIn = this.#signInOf(id, server);
      const token = signIn && (await this.#tokens.of(signIn, refused));
      if (token === undefined) {
        throw new KvError('unauthenticated', l10n.t('You are signed out of “{0}”. Sign in to see it again.', name));
      }
      if (token === refused) throw notAccepted(signIn ?? { method: 'token' }, name);
      return token;
    };
  }
}

function checkSignedIn(ids: readonly string[], accounts: readonly Account[]): void {
  const unknown = ids.find((id) => !accounts.some((account) => account.id === id));
  if (unknown === undefined) return;
  throw new KvError('invalidInput', l10n.t('You are not signed in to the account {0}.', unknown));
}
