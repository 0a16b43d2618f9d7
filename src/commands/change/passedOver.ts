import { isKvError, type KvError } from '../../core/base/errors.ts';
import { isDamagedJournal } from '../../core/change/journal/errors.ts';
import type { JournalInfo } from '../../core/change/journal/journalInfo.ts';
import type { KeyFailure, KvSource } from '../../core/store/store.ts';

/** A change that can never be undone, or only after later ones, and why. */
export interface PassedOver {
  readonly id: string;
  readonly label: string;
  readonly error: KvError;
}

/** Changes that cannot be undone, at least not now. They do not keep the user from undoing others. */
export class PassedOverChanges {
  readonly #all: PassedOver[] = [];
  /** The error that says that the namespace is gone, by namespace. */
  readonly #gone = new Map<string, KvError>();

  get all(): readonly PassedOver[] {
    return this.#all;
  }

  /** Passes the change over if it is known that it cannot be undone. Returns whether it did. */
  isKnown(info: JournalInfo): boolean {
    const error = this.#gone.get(namespaceOf(info));
    if (error) this.#add(info, error);
    return error !== undefined;
  }

  /** Passes the change over because of this error. Throws the error if undoing might work at another time. */
  async add(info: JournalInfo, error: unknown, source: KvSource): Promise<void> {
    if (!isKvError(error)) throw error;
    if (isDamagedJournal(error) ? !error.isSpent : !(await isGone(error, source, info))) throw error;
    if (!isDamagedJournal(error)) this.#gone.set(namespaceOf(info), error);
    this.#add(info, error);
  }

  /** Passes the change over because later changes cover it, as these failures say. */
  addCovered(info: JournalInfo, failures: readonly KeyFailure[]): void {
    const [first] = failures;
    if (first) this.#add(info, first.error);
  }

  #add({ id, label }: JournalInfo, error: KvError): void {
    this.#all.push({ id, label, error });
  }
}

const namespaceOf = ({ source, namespace }: JournalInfo): string => JSON.stringify([source, namespace]);

/**
 * Whether the namespace is gone for good. Only in an account: a namespace created anew there has another id, but a
 * local one comes back under its own.
 */
async function isGone({ kind }: KvError, source: KvSource, { namespace }: JournalInfo): Promise<boolean> {
  if (kind !== 'namespaceNotFound' || source.kind !== 'remote') return false;
  const isListed = async (): Promise<boolean> => (await source.namespaces()).some(({ id }) => id === namespace);
  if (await isListed()) source.refresh?.();
  return !(await isListed());
}
