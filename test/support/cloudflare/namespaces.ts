import { randomBytes } from 'node:crypto';
import { Refusal } from './api.ts';
import type { Keyspace } from './keyspace.ts';

export interface NamespaceRecord {
  readonly id: string;
  readonly account: string;
  title: string;
  readonly keys: Keyspace;
}

const PER_ACCOUNT = 1000;

/** The namespaces of all accounts. */
export class Namespaces {
  readonly #byId = new Map<string, NamespaceRecord>();

  /** Sorted by title. */
  of(account: string): NamespaceRecord[] {
    return [...this.#byId.values()]
      .filter((namespace) => namespace.account === account)
      .sort((a, b) => (a.title < b.title ? -1 : 1));
  }

  get(account: string, id: string): NamespaceRecord {
    const namespace = this.#byId.get(id);
    if (namespace?.account !== account) throw new Refusal(404, 10013, "get namespace: 'namespace not found'");
    return namespace;
  }

  create(account: string, title: string, makeKeys: (id: string) => Keyspace): NamespaceRecord {
    if (this.of(account).length >= PER_ACCOUNT) throw new Refusal(400, 10018, 'too many namespaces in this account');
    this.#checkTitle(account, title);
    const id = randomBytes(16).toString('hex');
    const namespace = { id, account, title, keys: makeKeys(id) };
    this.#byId.set(id, namespace);
    return namespace;
  }

  rename(account: string, id: string, title: string): NamespaceRecord {
    const namespace = this.get(account, id);
    if (namespace.title !== title) this.#checkTitle(account, title);
    namespace.title = title;
    return namespace;
  }

  remove(account: string, id: string): void {
    this.#byId.delete(this.get(account, id).id);
  }

  #checkTitle(account: string, title: string): void {
    if (this.of(account).some((namespace) => namespace.title === title)) {
      throw new Refusal(400, 10014, 'a namespace with this account ID and title already exists');
    }
  }
}
