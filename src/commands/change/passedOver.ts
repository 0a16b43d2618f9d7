import { isKvError, type KvError } from '../../core/base/errors.ts';
import { isDamagedJournal } from '../../core/change/journal/errors.ts';
import type { JournalInfo } from '../../core/change/journal/journalInfo.ts';
import type { KvSource } from '../../core/store/store.ts';

/** A change that can never be taken back, and why. */
export interface PassedOver {
  readonly id: string;
  readonly label: string;
  readonly error: KvError;
}

/** The changes that keep nobody from taking back those before them. */
export class PassedOverChanges {
  readonly #all: PassedOver[] = [];
  /** What says that a namespace is gone. */
  readonly #gone = new Map<string, KvError>();

  get all(): readonly PassedOver[] {
    return this.#all;
  }

  /** Passes it over if it is known that nothing of it can be taken back. */
  isKnown(info: JournalInfo): boolean {
    const error = this.#gone.get(namespaceOf(info));
    if (error) this.#add(info, error);
    return error !== undefined;
  }

  /** Passes it over for this error; throws that where it may be otherwise at another time. */
  async add(info: JournalInfo, error: unknown, source: KvSource): Promise<void> {
    if (!isKvError(error)) throw error;
    if (isDamagedJournal(error) ? !error.isSpent : !(await isGone(error, source, info))) throw error;
    if (!isDamagedJournal(error)) this.#gone.set(namespaceOf(info), error);
    this.#add(info, error);
  }

  #add({ id, label }: JournalInfo, error: KvError): void {
    this.#all.push({ id, label, error });
  }
}

const namespaceOf = ({ source, namespace }: JournalInfo): string => JSON.stringify([source, namespace]);

/** One that is made anew in an account has another id; a local one comes back under its own. */
async function isGone({ kind }: KvError, source: KvSource, { namespace }: JournalInfo): Promise<boolean> {
  if (kind !== 'namespaceNotFound' || source.kind !== 'remote') return false;
  const isListed = async (): Promise<boolean> => (await source.namespaces()).some(({ id }) => id === namespace);
  if (await isListed()) source.refresh?.();
  return !(await isListed());
}
