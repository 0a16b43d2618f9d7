import * as l10n from '@vscode/l10n';
import { type Disposable, Emitter } from '../base/event.ts';
import type { Memento } from '../base/memento.ts';
import { type NamespaceRef, sameNamespace } from './namespaceRef.ts';
import { isAccount } from './sourceId.ts';

/** The settings that protect namespaces of accounts. Read at every use. */
export interface ProtectionSettings {
  /** Applies to namespaces for which the user has chosen nothing. */
  readonly remoteReadOnly: boolean;
  /** Applies whatever the user has chosen. */
  readonly remoteReadOnlyInWorkspace: boolean;
}

/** What makes a namespace read-only: the user's choice for it, the user's default, or the open workspace. */
export type Protector = 'choice' | 'default' | 'workspace';

/** The namespaces whose protection may have changed: a single one, or all those of accounts. */
export type ProtectionChange = NamespaceRef | 'accounts';

interface Choice extends NamespaceRef {
  readonly readOnly: boolean;
}

const KEY = 'protection';
/**
 * Key of an older format: namespaces that were toggled to the opposite of the default at the time. As that default is
 * not known, they count as protected: it is better to protect one namespace too many than one too few.
 */
const TOGGLED_KEY = 'readOnly';

/** Decides which namespaces are read-only, by settings and by choices that are kept across restarts. */
export class Protection implements Disposable {
  readonly #memento: Memento;
  readonly #settings: ProtectionSettings;
  readonly #changed = new Emitter<ProtectionChange>();
  readonly onDidChange = this.#changed.event;

  constructor(memento: Memento, settings: ProtectionSettings) {
    this.#memento = memento;
    this.#settings = settings;
  }

  /** What protects this namespace; `undefined` if it may be written. */
  protectorOf(namespace: NamespaceRef): Protector | undefined {
    const isRemote = isAccount(namespace.source);
    if (isRemote && this.#settings.remoteReadOnlyInWorkspace) return 'workspace';
    const choice = this.#choices.find((one) => sameNamespace(one, namespace));
    if (choice) return choice.readOnly ? 'choice' : undefined;
    return isRemote && this.#settings.remoteReadOnly ? 'default' : undefined;
  }

  /** A sentence for the user: why this namespace cannot be written, and what to do about it. */
  reason(namespace: NamespaceRef): string | undefined {
    const protector = this.protectorOf(namespace);
    switch (protector) {
      case 'choice':
        return l10n.t('This namespace is switched to read-only. “Toggle Read-Only” lets you write to it again.');
      case 'default':
        return l10n.t(
          'Namespaces of an account are read-only by the setting {0}. “Toggle Read-Only” lets you write to this one.',
          'cloudflareKv.remote.readOnly',
        );
      case 'workspace':
        return l10n.t(
          'Every namespace of an account is read-only while this workspace is open, by the setting {0}.',
          'cloudflareKv.remote.readOnlyInWorkspace',
        );
      case undefined:
        return undefined;
    }
  }

  /**
   * Stores whether the user wants this namespace to be read-only. A workspace that protects it still does. Resolves
   * when the choice is stored.
   */
  async choose({ source, id }: NamespaceRef, readOnly: boolean): Promise<void> {
    const choice = { source, id, readOnly };
    const others = this.#choices.filter((one) => !sameNamespace(one, choice));
    await this.#keep([...others, choice]);
    this.#changed.fire({ source, id });
  }

  /** Forgets the choices for the namespaces of these sources. Resolves when that is stored. */
  async forget(isGone: (source: string) => boolean): Promise<void> {
    const choices = this.#choices;
    const gone = choices.filter(({ source }) => isGone(source));
    if (gone.length === 0) return;
    await this.#keep(choices.filter((choice) => !gone.includes(choice)));
    for (const { source, id } of gone) this.#changed.fire({ source, id });
  }

  /** Must be called when one of the settings has changed. */
  settingsChanged(): void {
    this.#changed.fire('accounts');
  }

  /** Read each time, because another window may have changed it. */
  get #choices(): readonly Choice[] {
    const toggled = this.#memento.get<readonly NamespaceRef[]>(TOGGLED_KEY) ?? [];
    return (
      this.#memento.get<readonly Choice[]>(KEY) ?? toggled.map(({ source, id }) => ({ source, id, readOnly: true }))
    );
  }

  async #keep(choices: readonly Choice[]): Promise<void> {
    await this.#memento.update(KEY, choices);
    await this.#memento.update(TOGGLED_KEY, undefined);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

/** Whether a change may concern this namespace. */
export const isAffected = (namespace: NamespaceRef, change: ProtectionChange): boolean =>
  change === 'accounts' ? isAccount(namespace.source) : sameNamespace(namespace, change);
