import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Changes } from '../../src/core/change/changes.ts';
import type { JournalOptions } from '../../src/core/change/journal/journalInfo.ts';
import { Journals } from '../../src/core/change/journal/journals.ts';
import type { Owner } from '../../src/core/change/journal/owner.ts';
import type { TracedLine } from '../../src/core/change/journal/reading.ts';
import type { ChangeKind, Operation, Step } from '../../src/core/change/keyChange.ts';
import { KeyLocks } from '../../src/core/change/keyLocks.ts';
import { type UndoOptions, undoChange } from '../../src/core/change/undo/undoChange.ts';
import type { UndoOutcome } from '../../src/core/change/undo/undoLedger.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { MemoryFiles } from './memoryFiles.ts';
import { type Fate, Ground, ModelStore } from './model/modelStore.ts';

export const entry = (key: string, text: string, rest: Partial<KvEntry> = {}): KvEntry => ({
  key,
  value: new Uint8Array(Buffer.from(text)),
  ...rest,
});

export const operation = (kind: ChangeKind, label: string = kind, source = 'source'): Operation => ({
  kind,
  label,
  namespace: { source, id: 'namespace' },
});

export async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Changes that turn keys into something, whatever they were before. */
export const becoming = (step: (key: string) => Step, keys: readonly string[]) =>
  each(keys.map((key) => ({ key, bytes: 1, decide: () => step(key) })));

/** How a store detects what others changed meanwhile. */
interface Kind {
  readonly kind: 'compares' | 'reviews';
}

/** A machine with a folder of journals, a namespace, and any number of windows. */
export class Machine {
  readonly files = new MemoryFiles({ clock: () => this.now });
  readonly ground = new Ground();
  /** The outcome of each of the next requests; after them, all are answered. */
  fates: Fate[] = [];
  /** Called while a request, or its answer, is on its way. */
  onTravel: () => void | Promise<void> = () => {};
  requests = 0;
  now = Date.UTC(2026, 10, 21);
  options = { days: 7, megabytes: 100 };
  /** Whether the machine counts time from its boot. */
  countsTicks = false;
  ticks = 0;
  boot = 'boot';
  readonly alive = new Set<string>();

  get folder(): string {
    return join(this.files.root, 'storage', 'journal');
  }

  get oldFolder(): string {
    return join(this.files.root, 'storage', 'undo');
  }

  get names(): readonly string[] {
    return this.files.paths.map((path) => path.slice(this.folder.length + 1));
  }

  /** Values as text by key, in order. */
  get values(): Readonly<Record<string, string>> {
    const entries = [...this.ground.entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    return Object.fromEntries(entries.map(({ key, value }) => [key, Buffer.from(value).toString()]));
  }

  put(key: string, text: string, rest: Partial<KvEntry> = {}): void {
    this.ground.entries.set(key, entry(key, text, rest));
  }

  /** `pid` and `started` are separate, because process ids are reused. */
  window(session: string, { pid = 1, started = session, kind = 'compares' }: Partial<Owner> & Partial<Kind> = {}) {
    this.alive.add(session);
    const self = this;
    const options: JournalOptions = {
      get days() {
        return self.options.days;
      },
      get megabytes() {
        return self.options.megabytes;
      },
      clock: () => this.now,
    };
    const journals = new Journals(this.folder, this.oldFolder, options, {
      own: { pid, started, session },
      tick: () => (this.countsTicks ? `${this.boot} ${this.ticks++}` : undefined),
      isRunning: async (owner) => this.alive.has(owner.session),
    });
    const store: KvStore = new ModelStore({
      ground: this.ground,
      kind,
      caller: () => session,
      travel: async () => {
        const waits = this.onTravel();
        await waits;
      },
      fate: () => {
        this.requests++;
        return this.fates.shift() ?? 'answered';
      },
      pause: async () => {},
    });
    const locks = new KeyLocks();
    const changes = new Changes({ journals, locks, storeOf: async () => store, timing: { sleep: async () => {} } });
    const read = async (id: string): Promise<TracedLine[]> => {
      const lines: TracedLine[] = [];
      for await (const line of journals.lines(id)) lines.push(line);
      return lines;
    };
    /** Each line of a journal, and whether it counts as written. */
    const written = async (id: string) => (await read(id)).map(({ key, isWritten }) => [key, isWritten]);
    const undo = async (id: string, options?: UndoOptions): Promise<UndoOutcome> => {
      const info = (await journals.find(id)) ?? assert.fail('no such change');
      return await undoChange(info, { journals, changes }, options);
    };
    return { journals, store, locks, changes, read, written, undo };
  }

  dispose(): void {
    this.files.dispose();
  }
}

export type MachineWindow = ReturnType<Machine['window']>;

/**
 * Gives each test of a `describe` its own machine, with the window `one` open. Returns a function that replaces the
 * machine in the middle of a test.
 */
export function useMachine(use: (machine: Machine, window: MachineWindow) => void): () => void {
  let machine: Machine | undefined;
  const dispose = (): void => {
    machine?.dispose();
    machine = undefined;
  };
  const renew = (): void => {
    dispose();
    machine = new Machine();
    use(machine, machine.window('one'));
  };
  beforeEach(renew);
  afterEach(dispose);
  return renew;
}
