import type { Account } from '../../../src/auth/account.ts';
import type { AccountApi, AccountSource, Credential, TokenStatus } from '../../../src/auth/accountApi.ts';
import { KvError } from '../../../src/core/base/errors.ts';
import { Emitter } from '../../../src/core/base/event.ts';
import type { SourceChange } from '../../../src/core/store/store.ts';
import { MemoryStore } from '../memoryStore.ts';

/** What a fake token may do, by account id. */
export interface FakeToken {
  readonly access: Readonly<Record<string, 'read' | 'write' | 'none'>>;
  readonly status?: TokenStatus;
  /** Owned by an account: it can neither list accounts nor be verified as a user's token. */
  readonly isAccountOwned?: boolean;
  readonly mayList?: boolean;
}

export interface FakeSource extends AccountSource {
  readonly refreshed: number;
  readonly credential: Credential;
  readonly server: string;
  readonly isDisposed: boolean;
}

const refused = (): KvError => new KvError('unauthenticated', 'refused');

/** A fake service that knows some tokens and records what it is asked. */
export class FakeApi implements AccountApi {
  readonly tokens = new Map<string, FakeToken>();
  readonly names = new Map<string, string>();
  readonly sources: FakeSource[] = [];
  /** "accounts", "status", "read …", "write …", in the order of the calls. */
  readonly asked: string[] = [];

  withToken(_server: string, token: string): ReturnType<AccountApi['withToken']> {
    const known = (): FakeToken => {
      const found = this.tokens.get(token);
      if (!found || found.status === 'expired' || found.status === 'disabled') throw refused();
      return found;
    };
    return {
      accounts: async () => {
        this.asked.push('accounts');
        const { access, isAccountOwned, mayList = true } = known();
        if (isAccountOwned) throw new KvError('invalidInput', 'not for account-owned tokens');
        if (!mayList) throw new KvError('forbidden', 'may not list');
        return Object.keys(access).map((id) => ({ id, name: this.names.get(id) ?? id }));
      },
      status: async (accountId) => {
        this.asked.push(accountId === undefined ? 'status' : `status ${accountId}`);
        const found = this.tokens.get(token);
        if (!found || (found.isAccountOwned ?? false) !== (accountId !== undefined)) throw refused();
        return found.status ?? 'active';
      },
      tryRead: async (id) => {
        this.asked.push(`read ${id}`);
        if ((known().access[id] ?? 'none') === 'none') throw new KvError('forbidden', 'no read');
      },
      tryWrite: async (id) => {
        this.asked.push(`write ${id}`);
        if (known().access[id] !== 'write') throw new KvError('forbidden', 'no write');
      },
    };
  }

  source(server: string, { id, name }: Account, credential: Credential): FakeSource {
    const changed = new Emitter<SourceChange>();
    const source = {
      id: `account-${id}`,
      kind: 'remote' as const,
      label: name,
      server,
      credential,
      isDisposed: false,
      problems: [],
      wranglerFlags: ['--remote'],
      onDidChange: changed.event,
      refreshed: 0,
      refresh: () => source.refreshed++,
      configsChanged: () => changed.fire({ only: 'names' }),
      changed: (change: SourceChange) => changed.fire(change),
      namespaces: async () => [],
      get calls(): never {
        throw new KvError('unsupported', 'no calls');
      },
      usage: async () => {
        throw new KvError('unsupported', 'no usage');
      },
      store: () => new MemoryStore(),
      dispose: () => {
        source.isDisposed = true;
      },
    };
    this.sources.push(source);
    return source;
  }
}
