import { sourceIdOf } from '../../auth/account.ts';
import type { KvNamespace, KvSource } from '../../core/store/store.ts';
import type { Services } from '../../services.ts';

/** A namespace of an account. */
export interface KnownNamespace {
  readonly source: KvSource;
  readonly namespace: KvNamespace;
}

/** The namespaces of signed-in accounts that were already listed; makes no requests. */
export class KnownNamespaces {
  readonly #services: Pick<Services, 'accounts' | 'sources'>;

  constructor(services: Pick<Services, 'accounts' | 'sources'>) {
    this.#services = services;
  }

  get all(): readonly KnownNamespace[] {
    return this.#services.sources.sources.flatMap((source) =>
      (source.kind === 'remote' ? (source.loaded?.namespaces ?? []) : []).map((namespace) => ({ source, namespace })),
    );
  }

  withId(id: string): readonly KnownNamespace[] {
    return this.all.filter(({ namespace }) => namespace.id === id);
  }

  /** For how many milliseconds {@link all} is complete; 0 unless every account was listed a moment ago. */
  get completeMs(): number {
    const { accounts, sources } = this.#services;
    const fresh = accounts.accounts.map((account) => {
      const source = sources.sources.find(({ id }) => id === sourceIdOf(account));
      return source?.loaded?.freshMs ?? 0;
    });
    return fresh.length === 0 ? 0 : Math.min(...fresh);
  }
}
