import * as vscode from 'vscode';
import { placeLabel } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { KvNamespace, KvReader, KvSource } from '../../core/store/store.ts';
import type { Services } from '../../services.ts';
import type { WranglerConfig } from '../../wrangler/config.ts';

/** A namespace that a binding in code may lead to. */
export interface CodeNamespace {
  readonly namespace: KvNamespace;
  readonly ref: NamespaceRef;
  readonly source: KvSource;
  /** The bindings in the code that lead to it. */
  readonly bindings: readonly string[];
  readonly isLocal: boolean;
}

const CHOICES = 'code.namespaces';

/**
 * Which namespaces the bindings of a file lead to: in the workspace's projects, and in accounts as far as they were
 * listed.
 */
export class CodeNamespaces {
  readonly #services: Pick<Services, 'sources' | 'tree' | 'memory'>;

  constructor(services: Pick<Services, 'sources' | 'tree' | 'memory'>) {
    this.#services = services;
  }

  /**
   * The namespaces of `bindings`, local ones first. If there are none, those of all bindings in the configs, or of the
   * one chosen for these configs.
   */
  async of(bindings: readonly string[], configs: readonly WranglerConfig[]): Promise<readonly CodeNamespace[]> {
    const paths = new Set(configs.map(({ path }) => path));
    const all = await this.#all();
    const found = all.flatMap(({ namespace, source }): CodeNamespace[] => {
      const names = namespace.bindings.flatMap(({ name, config }) =>
        paths.has(config) && (bindings.length === 0 || bindings.includes(name)) ? name : [],
      );
      if (names.length === 0) return [];
      const ref = { source: namespace.source, id: namespace.id };
      return [{ namespace, ref, source, bindings: [...new Set(names)], isLocal: source.kind === 'local' }];
    });
    const sorted = [...found.filter(({ isLocal }) => isLocal), ...found.filter(({ isLocal }) => !isLocal)];
    const chosen = bindings.length === 0 ? this.#chosen(configs) : undefined;
    const isChosen = ({ bindings: names }: CodeNamespace): boolean => chosen !== undefined && names.includes(chosen);
    return sorted.some(isChosen) ? sorted.filter(isChosen) : sorted;
  }

  /** Remembers, for the workspace, which binding is meant under these configs by a namespace without a known name. */
  async choose(binding: string, configs: readonly WranglerConfig[]): Promise<void> {
    await this.#services.memory.update(CHOICES, { ...this.#choices(), [placeOf(configs)]: binding });
  }

  async store({ ref }: CodeNamespace): Promise<KvReader> {
    return await this.#services.sources.store(ref);
  }

  /** "local, shop": shown beside the binding's name to tell which namespace is meant. */
  describe({ namespace, source }: CodeNamespace): string {
    return placeLabel({ namespace, source });
  }

  #chosen(configs: readonly WranglerConfig[]): string | undefined {
    return this.#choices()[placeOf(configs)];
  }

  #choices(): Readonly<Record<string, string>> {
    return this.#services.memory.get<Readonly<Record<string, string>>>(CHOICES, {});
  }

  async #all(): Promise<readonly { namespace: KvNamespace; source: KvSource }[]> {
    const { sources, tree } = this.#services;
    const lists = await Promise.all(
      sources.sources.map(async (source) => {
        // No request is sent to an account for a hover or a keystroke.
        const namespaces =
          source.kind === 'local'
            ? await source.namespaces().catch((): readonly KvNamespace[] => [])
            : tree.namespaces.filter((namespace) => namespace.source === source.id);
        return namespaces.map((namespace) => ({ namespace, source }));
      }),
    );
    return lists.flat();
  }
}

const placeOf = (configs: readonly WranglerConfig[]): string =>
  configs
    .map(({ path }) => vscode.workspace.asRelativePath(path))
    .sort()
    .join('\n');
