import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { isKvError, KvError } from '../../../src/core/base/errors.ts';
import { type ChangeOutcome, Changes } from '../../../src/core/change/changes.ts';
import type { JournalInfo } from '../../../src/core/change/journal/journalInfo.ts';
import { Journals } from '../../../src/core/change/journal/journals.ts';
import type { Owner } from '../../../src/core/change/journal/owner.ts';
import type { TracedLine } from '../../../src/core/change/journal/reading.ts';
import type { ChangeKind, KeyChange, Operation, ResumableWork, Step } from '../../../src/core/change/keyChange.ts';
import { KeyLocks } from '../../../src/core/change/keyLocks.ts';
import { undoChange } from '../../../src/core/change/undo/undoChange.ts';
import type { KvEntry } from '../../../src/core/entry/entry.ts';
import { entryDigest, stateOf } from '../../../src/core/entry/entryDigest.ts';
import { MIN_LIFETIME_SECONDS } from '../../../src/core/entry/limits.ts';
import type { KvStore } from '../../../src/core/store/store.ts';
import type { MemoryFiles } from '../memoryFiles.ts';
import { type Applied, type Fate, Ground, ModelStore, textOf } from './modelStore.ts';
import { Turns } from './turns.ts';

/** What a window or another writer does; several act at the same time. */
export interface Act {
  readonly kind:
    | 'put'
    | 'saveValue'
    | 'saveMetadata'
    | 'saveExpiration'
    | 'rename'
    | 'delete'
    | 'import'
    | 'sync'
    | 'undo'
    | 'worker'
    | 'cancel'
    | 'kill'
    | 'resume'
    | 'clock'
    | 'disk'
    | 'boot'
    | 'elsewhere'
    | 'forget'
    | 'pass'
    | 'unreadable';
  /** 0 or 1. */
  readonly window: number;
  readonly key: number;
  readonly other: number;
  readonly flag: boolean;
}

/** Parts that a test replaces with ones that do not do their work. */
export interface Mutation {
  readonly locks?: () => KeyLocks;
  readonly store?: (store: KvStore) => KvStore;
  readonly journals?: typeof Journals;
}

/** Keys that expire, journal files that temporarily cannot be read, or hardly any room for journals. */
export type Trouble = 'lifetimes' | 'unreadable' | 'littleRoom';

export interface Scenario {
  readonly seed: number;
  readonly acts: readonly Act[];
  readonly kind: 'compares' | 'reviews';
  readonly mutation?: Mutation | undefined;
  readonly trouble?: Trouble | undefined;
  /** What a window wraps around the store. */
  readonly wrap?: ((store: KvStore, turns: Turns) => KvStore) | undefined;
}

const KEYS = ['a', 'b', 'c', 'd'];
/** Kinds of changes to single keys. */
const SINGLE: ReadonlySet<Act['kind']> = new Set(['put', 'saveValue', 'saveMetadata', 'saveExpiration', 'rename']);
const NAMESPACE = { source: 'model', id: 'namespace' };
/** A namespace of another source, whose changes are forgotten now and then. */
const ELSEWHERE = { source: 'elsewhere', id: 'namespace' };
/** In Unix seconds; nothing in the model lives that long. */
const NEVER_REACHED = 2_000_000_000;
/** Enough for a few changes, in units of 1,000,000 bytes. */
const LITTLE_ROOM = 0.003;
/** How many act at the same time at most. */
const AT_ONCE = 4;
/** Length of the id that the name of a journal begins with. */
const ID_LENGTH = 27;
const LIMITS = { items: 2, bytes: 1000 };

/** The reported outcome of a key. */
type ProgressReport = 'done' | 'failed' | 'uncertain' | 'conflict';

interface Seen {
  readonly text: string;
  readonly at: number;
}

interface Op {
  readonly id: string;
  readonly window: Win | undefined;
  readonly kind: Act['kind'];
  /** What `decide` was shown, and the position in the log at that time. */
  readonly seen: Map<string, Seen>;
  /** The states of keys that were only read. */
  readonly onlyRead: Map<string, Seen>;
  readonly wanted: Map<string, KvEntry | undefined>;
  /** Keys that `decide` itself refused. */
  readonly refused: Set<string>;
  readonly told: Map<string, ProgressReport>;
  readonly abort: AbortController;
  isOver: boolean;
  /** Its position among the starts and ends of all operations. A window that crashes never reaches its end. */
  readonly from: number;
  to: number;
  /** For an undo. */
  target?: { readonly info: JournalInfo; readonly lines: TracedLine[] };
}

class Win {
  readonly owner: Owner;
  readonly changes: Changes;
  readonly journals: Journals;
  readonly store: KvStore;
  isAlive = true;

  constructor(world: World, slot: number, session: string) {
    const { turns, files, ground, scenario } = world;
    const { mutation = {}, wrap = (store: KvStore) => store } = scenario;
    // A process id that is reused.
    this.owner = { pid: slot, started: session, session };
    const base = new ModelStore({
      ground,
      kind: scenario.kind,
      fate: () => world.fate(),
      travel: () => world.turn(),
      caller: () => world.op?.id ?? '',
      pause: (ms, signal) => turns.sleep(ms, signal),
      clock: { now: () => ground.entries.now(), isKnown: true },
    });
    const store = wrap(base, turns);
    this.store = mutation.store?.(store) ?? store;
    this.journals = new (mutation.journals ?? Journals)(
      join(files.root, 'journal'),
      join(files.root, 'undo'),
      {
        days: 7,
        megabytes: scenario.trouble === 'littleRoom' ? LITTLE_ROOM : 100,
        clock: () => world.clock(),
        timing: turns,
      },
      {
        own: this.owner,
        tick: () => (world.countsTicks ? `boot-${world.boot} ${world.ticks++}` : undefined),
        isRunning: async (owner) => world.windows.some((one) => one.isAlive && one.owner.session === owner.session),
      },
    );
    const read = this.journals.reader.bind(this.journals);
    this.journals.reader = async (id) => world.noting(await read(id));
    this.changes = new Changes({
      journals: this.journals,
      locks: mutation.locks?.() ?? new KeyLocks(),
      storeOf: async () => this.store,
      timing: turns,
    });
  }
}

/** Two windows, a Worker and a network, for one run. Reusing the files makes a million runs possible. */
export class World {
  readonly turns: Turns;
  readonly ground = new Ground();
  readonly windows: Win[] = [];
  /** What the machine has counted since its boot. */
  ticks = 0;
  boot = 0;
  /** Linux does; elsewhere every window counts for itself. */
  readonly countsTicks: boolean;
  readonly faults: string[] = [];
  readonly scenario: Scenario;
  readonly files: MemoryFiles;
  readonly #context = new AsyncLocalStorage<Op>();
  readonly ops: Op[] = [];
  readonly #initial: string;
  #lastId = 0;
  #isCalm = false;
  /** How far the wall clock is ahead of the elapsed time, in milliseconds. */
  #ahead = 0;
  #isFull = false;
  /** Part of the name of a file that cannot be read at the moment. */
  #unreadable: string | undefined;
  /** Changes to single keys that are made although the disk is full. */
  readonly #unkept = new Set<string>();
  /**
   * Keys for which undoing everything need not restore the initial state. This is so if two attempts at one operation
   * made them the same, with something else in between; if an older change was undone before a newer one; if somebody
   * else made them what an operation was about to, which then counts that as its own; or if they are the new name of a
   * key that the rename did not take, or that was already given back, and that is something else now. It is also so for
   * keys that returned to an earlier state, if nothing proves the order in which several windows, or several boots,
   * changed them: what was undone ends no other change there.
   */
  readonly #between = new Set<string>();
  /**
   * By journal: the new name of a rename that stays as it is because the former name holds something else, and that
   * former name.
   */
  readonly #held = new Map<string, readonly [renamed: string, former: string]>();
  #hasForeigners = false;
  /** Labels of what was begun elsewhere, and not forgotten since. */
  readonly #madeElsewhere: string[] = [];
  /** Labels of what was forgotten, by a window that finished doing so. */
  readonly #forgotten = new Set<string>();

  constructor(scenario: Scenario, files: MemoryFiles) {
    this.scenario = scenario;
    this.files = files;
    files.clear();
    this.turns = new Turns(scenario.seed);
    this.ground.entries.now = () => Math.floor(this.turns.now() / 1000);
    this.countsTicks = scenario.seed % 2 === 0;
    files.options = {
      before: (call, path) => this.#atTheDisk(call, path),
      clock: () => this.clock(),
      room: (_, bytes) => (this.#isFull && !this.#isCalm ? Math.floor(bytes / 2) : undefined),
    };
    for (const key of KEYS) if (this.turns.chance(0.7)) this.ground.entries.set(key, this.#entry(key, 'start'));
    this.#initial = this.#state();
    this.ground.onApply = (applied) => this.#check(applied);
    this.windows.push(new Win(this, 0, 'first'), new Win(this, 1, 'second'));
  }

  /** Milliseconds since 1970, by the machine's clock. */
  clock(): number {
    return this.turns.now() + this.#ahead;
  }

  get op(): Op | undefined {
    return this.#context.getStore();
  }

  /** Returns the faults; empty if all is well. */
  async run(): Promise<readonly string[]> {
    const waiting = [...this.scenario.acts];
    const under = new Set<Op>();
    const start = async (): Promise<void> => {
      for (;;) {
        await this.turns.turn();
        const over = [...under].filter((op) => op.isOver || op.window?.isAlive === false);
        for (const op of over) under.delete(op);
        if (under.size >= AT_ONCE) continue;
        const act = waiting.shift();
        if (act === undefined) return;
        const op = this.#begin(act);
        if (op) under.add(op);
      }
    };
    void start();
    await this.turns.run(() => waiting.length === 0 && this.#open().length === 0);
    for (const { id } of this.#open()) this.faults.push(`${id} never ends`);
    if (this.faults.length > 0) return this.faults;
    this.#checkTold();
    // Journals that had to make room are gone.
    if (this.scenario.trouble === 'littleRoom') return this.faults;
    await this.#calmly(() => this.#checkKept());
    if (this.faults.length === 0 && !this.#hasForeigners) await this.#calmly(() => this.#undoAll());
    return this.faults;
  }

  async turn(): Promise<void> {
    if (!this.#isCalm) await this.turns.turn();
    if (this.op?.window?.isAlive === false) await never;
  }

  fate(): Fate {
    if (this.#isCalm || this.turns.chance(0.8)) return 'answered';
    return this.turns.pick(['lostBefore', 'lostAfter', 'lostAfter', 'refused']);
  }

  #open(): readonly Op[] {
    return this.ops.filter((op) => !op.isOver && op.window?.isAlive !== false);
  }

  #atTheDisk(call: string, path: string): undefined | Promise<void> {
    const isUnreadable = !this.#isCalm && this.#unreadable !== undefined && path.includes(this.#unreadable);
    if (isUnreadable && call === 'read') throw Object.assign(new Error('EIO'), { code: 'EIO' });
    if (this.op?.window?.isAlive === false) return never;
    if (!this.#isCalm && this.turns.chance(0.1)) return this.turn();
    return undefined;
  }

  #entry(key: string, text: string, metadata?: string): KvEntry {
    return {
      key,
      value: new Uint8Array(Buffer.from(`${text}-${key}-${++this.#lastId}`)),
      ...(metadata !== undefined && { metadata }),
    };
  }

  /** A lifetime that may end during the run, if the scenario has lifetimes. */
  #lifetime(): Pick<KvEntry, 'expiration'> {
    if (this.scenario.trouble !== 'lifetimes') return {};
    return { expiration: this.ground.entries.now() + MIN_LIFETIME_SECONDS + (++this.#lastId % 30) };
  }

  #stateOf(key: string): string {
    return `${key}: ${textOf(this.ground.entries.get(key))}`;
  }

  #state(): string {
    return KEYS.map((key) => this.#stateOf(key)).join('\n');
  }

  #opOf(kind: Act['kind'], window: Win | undefined): Op {
    const op: Op = {
      id: `${kind}-${++this.#lastId}`,
      window,
      kind,
      isOver: false,
      abort: new AbortController(),
      from: ++this.#lastId,
      to: Number.POSITIVE_INFINITY,
      seen: new Map(),
      onlyRead: new Map(),
      wanted: new Map(),
      refused: new Set(),
      told: new Map(),
    };
    this.ops.push(op);
    if (this.#isFull && SINGLE.has(kind)) this.#unkept.add(op.id);
    return op;
  }

  #begin(act: Act): Op | undefined {
    const slot = act.window % 2;
    const window = this.windows.findLast(({ owner, isAlive }) => isAlive && owner.pid === slot);
    if (window === undefined) return undefined;
    const key = KEYS[act.key % KEYS.length] ?? 'a';
    switch (act.kind) {
      case 'worker': {
        this.#hasForeigners = true;
        const op = this.#opOf('worker', undefined);
        op.isOver = true;
        this.ground.apply(op.id, key, act.flag ? this.#entry(key, 'worker') : undefined);
        return undefined;
      }
      case 'kill':
        window.isAlive = false;
        this.windows.push(new Win(this, slot, `s${++this.#lastId}`));
        return undefined;
      case 'boot':
        for (const one of this.windows) one.isAlive = false;
        this.boot++;
        this.ticks = 0;
        for (const again of [0, 1]) this.windows.push(new Win(this, again, `s${++this.#lastId}`));
        return undefined;
      case 'clock':
        this.#ahead += act.flag ? -3_600_000 : 60_000;
        return undefined;
      case 'pass':
        this.turns.pass(act.flag ? 40_000 : 90_000);
        return undefined;
      case 'unreadable': {
        const { paths } = this.files;
        const name = paths[act.key % Math.max(1, paths.length)]?.split('/').at(-1);
        this.#unreadable = act.flag ? name?.slice(0, ID_LENGTH) : undefined;
        return undefined;
      }
      case 'disk':
        this.#isFull = act.flag;
        if (act.flag) for (const { id, kind } of this.#open()) if (SINGLE.has(kind)) this.#unkept.add(id);
        return undefined;
      case 'cancel':
        this.#open().at(act.key)?.abort.abort();
        return undefined;
      default:
        break;
    }
    const op = this.#opOf(act.kind, window);
    void this.#context.run(op, async () => {
      try {
        await this.#perform(op, window, act, key);
      } catch (error) {
        if (!isKvError(error)) this.#breaksOff(op.id, error);
      }
      op.isOver = true;
      op.to = ++this.#lastId;
    });
    return op;
  }

  #breaksOff(what: string, error: unknown): void {
    this.faults.push(`${what} breaks off: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  }

  async #perform(op: Op, window: Win, act: Act, key: string): Promise<void> {
    const other = KEYS[act.other % KEYS.length] ?? 'a';
    const { signal } = op.abort;
    const { changes, store } = window;
    const operation = (kind: ChangeKind): Operation => ({ kind, namespace: NAMESPACE, label: op.id });
    switch (act.kind) {
      case 'put': {
        const put = (): Step => ({ entry: { ...this.#entry(key, op.id), ...(act.flag && this.#lifetime()) } });
        await this.#one(op, window, operation('put'), { key, decide: put });
        return;
      }
      case 'saveValue': {
        const shown = act.flag ? undefined : await store.get(key);
        const value = (entry: KvEntry | undefined): string => (entry ? Buffer.from(entry.value).toString() : '');
        const decide = (now: KvEntry | undefined): Step => {
          if (!act.flag && value(now) !== value(shown)) throw new KvError('conflict', 'changed');
          const { metadata, expiration } = now ?? {};
          const rest = { ...(metadata !== undefined && { metadata }), ...(expiration !== undefined && { expiration }) };
          return { entry: { ...this.#entry(key, op.id), ...rest } };
        };
        await this.#one(op, window, operation('save'), { key, decide });
        return;
      }
      case 'saveMetadata': {
        const shown = act.flag ? undefined : await store.get(key);
        const decide = (now: KvEntry | undefined): Step => {
          if (now === undefined) throw new KvError('notFound', 'gone');
          if (!act.flag && now.metadata !== shown?.metadata) throw new KvError('conflict', 'changed');
          return { entry: { ...now, metadata: op.id } };
        };
        await this.#one(op, window, operation('save'), { key, decide });
        return;
      }
      case 'saveExpiration': {
        const decide = (now: KvEntry | undefined): Step => {
          if (now === undefined) throw new KvError('notFound', 'gone');
          const { expiration: _, ...endless } = now;
          const long = { expiration: NEVER_REACHED + ++this.#lastId };
          return { entry: act.flag ? { ...now, ...long, ...(act.other % 2 === 0 && this.#lifetime()) } : endless };
        };
        await this.#one(op, window, operation('expiration'), { key, decide });
        return;
      }
      case 'elsewhere': {
        await this.#elsewhere(op, window, act);
        return;
      }
      case 'forget': {
        const made = this.#madeElsewhere.splice(0);
        try {
          await window.journals.forget((source) => source === ELSEWHERE.source);
        } catch (error) {
          // Some of them remain.
          this.#madeElsewhere.push(...made);
          throw error;
        }
        for (const label of made) this.#forgotten.add(label);
        return;
      }
      case 'rename': {
        if (key === other) return;
        const put: KeyChange = {
          key: other,
          decide: (now, others) => {
            const entry = others.get(key);
            if (now && !act.flag) throw new KvError('conflict', 'exists');
            if (!entry) throw new KvError('notFound', 'gone');
            return { entry: { ...entry, key: other } };
          },
        };
        const remove: KeyChange = { key, after: other, decide: (now) => (now ? 'delete' : 'none') };
        const all = [put, remove].map((change) => this.#watched(op, change));
        await this.#together(op, () => changes.together(operation('rename'), all, { signal }));
        return;
      }
      case 'delete': {
        const shown = new Map<string, KvEntry>();
        const { keys } = await store.list({});
        for await (const entry of store.getMany(keys.map(({ name }) => name))) shown.set(entry.key, entry);
        const all = [...shown.keys()].filter((one) => act.flag || one >= key);
        await this.#run(op, window, operation('delete'), all, (one) => (now) => {
          if (now === undefined) return 'keep';
          if (textOf(now) !== textOf(shown.get(one))) throw new KvError('conflict', 'changed');
          return 'delete';
        });
        return;
      }
      case 'import': {
        const wanted = new Map(KEYS.map((one) => [one, this.#entry(one, op.id)]));
        const work: ResumableWork = {
          command: 'import',
          title: op.id,
          total: KEYS.length,
          args: {
            isSkipping: act.flag,
            wanted: [...wanted].map(([one, entry]) => [one, Buffer.from(entry.value).toString()]),
          },
        };
        await this.#import(op, window, operation('import'), work);
        return;
      }
      case 'resume': {
        const works = await window.journals.unfinishedWorks();
        const work = works[act.key % Math.max(1, works.length)];
        if (work === undefined) return;
        await this.#import(op, window, operation('import'), work, work.id);
        return;
      }
      case 'sync': {
        const shown = new Map<string, KvEntry>();
        for await (const entry of store.getMany(KEYS)) shown.set(entry.key, entry);
        const wanted = new Map(KEYS.slice(0, act.flag ? 2 : 4).map((one) => [one, this.#entry(one, op.id)]));
        await this.#run(op, window, operation('sync'), KEYS, (one) => (now) => {
          if (textOf(now) !== textOf(shown.get(one))) throw new KvError('conflict', 'changed');
          const entry = wanted.get(one);
          return entry ? { entry } : now ? 'delete' : 'keep';
        });
        return;
      }
      case 'undo': {
        const infos = (await window.journals.list()).filter(isHere);
        const info = act.flag ? infos[0] : infos[act.key % Math.max(1, infos.length)];
        if (info === undefined) return;
        await this.#undo(op, window, info);
        return;
      }
      default:
        return;
    }
  }

  /** Writes a journal of another source beside all else, and finishes it. */
  async #elsewhere(op: Op, { journals }: Win, { flag, key }: Act): Promise<void> {
    const lines = KEYS.slice(0, 1 + (key % 2)).map((one) => ({ key: one, before: stateOf(this.#entry(one, op.id)) }));
    const operation: Operation = { kind: 'put', namespace: ELSEWHERE, label: op.id };
    const isKept = (): void => void this.#madeElsewhere.push(op.id);
    if (flag) {
      const recorder = journals.single(operation, { isDurable: false });
      await recorder.keep(lines);
      isKept();
      await this.turn();
      await recorder.mark({});
      return;
    }
    const writer = await journals.begin(operation, { isDurable: false });
    try {
      await writer.keep(lines);
      isKept();
      await this.turn();
      await writer.mark({});
    } finally {
      await writer.end('whole');
    }
  }

  async #import(op: Op, window: Win, operation: Operation, work: ResumableWork, earlier?: string): Promise<void> {
    const { isSkipping, wanted } = work.args as { isSkipping: boolean; wanted: [string, string][] };
    const values = new Map(wanted);
    const decide =
      (key: string) =>
      (now: KvEntry | undefined): Step => {
        const entry = { key, value: new Uint8Array(Buffer.from(values.get(key) ?? '')) };
        if (textOf(now) === textOf(entry)) return 'keep';
        return now && isSkipping ? 'skip' : { entry };
      };
    await this.#run(op, window, operation, [...values.keys()], decide, { work, earlier });
  }

  async #run(
    op: Op,
    { changes, journals }: Win,
    operation: Operation,
    keys: readonly string[],
    decide: (key: string) => (now: KvEntry | undefined) => Step,
    rest: { readonly work?: ResumableWork; readonly earlier?: string | undefined } = {},
  ): Promise<void> {
    const all = keys.map((key) => this.#watched(op, { key, decide: decide(key), bytes: 1 }));
    const outcome = await changes.run(operation, each(all), { limits: LIMITS, signal: op.abort.signal, ...rest });
    this.#tell(op, outcome);
    const { undo } = outcome;
    const isAlone = this.#open().length === 1;
    // If others are at work, it may have been undone already, or have made room for their journals.
    const isThere = undo === undefined || !isAlone || (await journals.find(undo)) !== undefined;
    if (!isThere && this.#unreadable === undefined) this.faults.push(`${op.id} can be taken back by ${undo}, it says`);
  }

  async #one(op: Op, { changes }: Win, operation: Operation, change: KeyChange): Promise<void> {
    await this.#together(op, () => changes.one(operation, this.#watched(op, change), { signal: op.abort.signal }));
  }

  /** For a change that rejects, only its first failure is reported. */
  async #together(op: Op, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      for (const key of op.wanted.keys()) op.told.set(key, 'done');
    } catch (error) {
      if (!isKvError(error)) throw error;
      const told = error.uncertain
        ? 'uncertain'
        : error.kind === 'conflict' && op.refused.size === 0
          ? 'conflict'
          : 'failed';
      if (op.wanted.size === 1) for (const key of op.wanted.keys()) op.told.set(key, told);
    }
  }

  #tell(
    op: Op,
    { failed, untried = [], cancelled }: Pick<ChangeOutcome, 'failed' | 'untried' | 'cancelled'>,
    keys: ReadonlySet<string> = new Set(op.wanted.keys()),
  ): void {
    /** Also those that were done before and are written again to make sure. */
    const wasDone = new Set([...op.told].flatMap(([key, told]) => (told === 'done' ? key : [])));
    if (!cancelled) for (const key of op.wanted.keys()) if (keys.has(key)) op.told.set(key, 'done');
    for (const key of untried) op.told.set(key, 'failed');
    for (const { key, error, uncertain } of failed) {
      const isMoved = error.kind === 'conflict' && !op.refused.has(key);
      op.told.set(key, uncertain || wasDone.has(key) ? 'uncertain' : isMoved ? 'conflict' : 'failed');
    }
  }

  #watched(op: Op, change: KeyChange): KeyChange {
    const { key, isOnlyRead } = change;
    return {
      ...change,
      decide: (now, others) => {
        if (isOnlyRead) {
          op.onlyRead.set(key, { text: textOf(now), at: this.ground.log.length });
          return change.decide(now, others);
        }
        op.seen.set(key, { text: textOf(now), at: this.ground.log.length });
        op.wanted.delete(key);
        try {
          const step = change.decide(now, others);
          if (step === 'delete') op.wanted.set(key, undefined);
          else if (typeof step === 'object') op.wanted.set(key, step.entry);
          const wanted = textOf(op.wanted.get(key));
          const isAgain = this.ground.log.some((one) => one.key === key && textOf(one.after) === wanted);
          if (op.kind === 'resume' && op.wanted.has(key) && isAgain) this.#between.add(key);
          return step;
        } catch (error) {
          op.refused.add(key);
          throw error;
        }
      },
    };
  }

  async #undo(op: Op, window: Win, info: JournalInfo): Promise<void> {
    const { changes, journals } = window;
    const lines: TracedLine[] = [];
    for await (const line of journals.lines(info.id)) lines.push(line);
    op.target = { info, lines };
    const watching = Object.create(changes, {
      run: {
        value: async (operation: Operation, steps: AsyncIterable<KeyChange>, options: object) => {
          const keys = new Set<string>();
          const outcome = await changes.run(operation, this.#watchedAll(op, steps, keys), options);
          this.#tell(op, outcome, keys);
          return outcome;
        },
      },
    }) as Changes;
    const stale = window.store.staleMs === undefined ? {} : { staleSince: 0 };
    const outcome = await undoChange(info, { journals, changes: watching }, { ...stale, limits: LIMITS });
    const [renamed, former] = info.kind === 'rename' ? lines : [];
    this.#held.delete(info.id);
    if (renamed && former && this.#isAsMade(renamed) && !this.#isBack(former)) {
      this.#held.set(info.id, [renamed.key, former.key]);
      if (former.isWritten === 'no') this.#between.add(renamed.key);
    }
    for (const one of outcome.expired) this.#between.add(one);
    if (outcome.cancelled) return;
    const named = new Set([...outcome.failed.map(({ key }) => key)]);
    for (const { key, before, isWritten } of lines) {
      if (isWritten === 'no' || named.has(key)) continue;
      const asBefore = before ? textOf({ key, ...before }) : 'nothing';
      // Somebody else may have restored it, or it may have expired by itself.
      const isRestored =
        op.seen.get(key)?.text === asBefore ||
        (before === undefined && this.#mayHaveEnded(op, key)) ||
        this.ground.log.some((one) => one.key === key && (one.by === op.id || textOf(one.after) === asBefore));
      if (!isRestored) this.faults.push(`${op.id} leaves “${key}” as it is and does not say so`);
    }
  }

  #isBack({ key, before }: TracedLine): boolean {
    return entryDigest(this.ground.entries.get(key)) === entryDigest(before);
  }

  #isAsMade({ key, after }: TracedLine): boolean {
    return entryDigest(this.ground.entries.get(key)) === after;
  }

  /** Records the lines that an undo itself reads: the operation may have continued since the undo was requested. */
  noting(reader: () => AsyncIterable<TracedLine>): () => AsyncIterable<TracedLine> {
    const target = this.op?.target;
    if (target === undefined) return reader;
    return async function* () {
      target.lines.length = 0;
      for await (const line of reader()) {
        target.lines.push(line);
        yield line;
      }
    };
  }

  /** `keys` collects the keys that are reached. */
  async *#watchedAll(op: Op, steps: AsyncIterable<KeyChange>, keys: Set<string>): AsyncGenerator<KeyChange> {
    for await (const change of steps) {
      if (!change.isOnlyRead) keys.add(change.key);
      yield this.#watched(op, change);
    }
  }

  /** Checks what must hold at the moment of every write. */
  #check({ by, key, before }: Applied): void {
    const op = this.ops.find(({ id }) => id === by);
    if (op === undefined || op.kind === 'worker') return;
    const now = textOf(before);
    const seen = op.seen.get(key)?.text;
    const own = op.wanted.has(key) ? textOf(op.wanted.get(key)) : undefined;
    if (this.#isHidden(op, key, before)) {
      this.#between.add(key);
      return;
    }
    if (now !== seen && now !== own) this.faults.push(`${by} writes “${key}” over ${now} and has seen ${seen}`);
    const undo = this.ops.find((other) => other.target?.info.label === by);
    if (undo && this.ground.log.some((one) => one.by === undo.id)) {
      this.faults.push(`${undo.id} takes back ${by}, which goes on`);
    }
    if (op.kind === 'undo') this.#checkUndo(op, key, before);
    else if (now !== own && this.#unkept.has(by)) this.#between.add(key);
    else if (now !== own && !this.#isOnDisk(key, before)) this.faults.push(`${by} has not kept “${key}”: ${now}`);
  }

  /**
   * Somebody else has put back exactly what this window once replaced. Read-your-writes takes that for a stale read for
   * its minute, because the wrappers of an account's store cannot tell the difference.
   */
  #isHidden(op: Op, key: string, before: KvEntry | undefined): boolean {
    if (this.scenario.kind !== 'reviews') return false;
    const [now, seen] = [textOf(before), op.seen.get(key)?.text];
    const ours = this.ground.log.filter(
      (one) => one.key === key && this.ops.find(({ id }) => id === one.by)?.window === op.window,
    );
    const isBack = ours.some((one) => textOf(one.before) === now) && ours.some((one) => textOf(one.after) === seen);
    return now !== seen && isBack;
  }

  #checkUndo(op: Op, key: string, before: KvEntry | undefined): void {
    if (op.target === undefined) return;
    const { info, lines } = op.target;
    const states = lines.flatMap((line) => (line.key === key ? [line.after, entryDigest(line.before)] : []));
    const hasEnded = (line: TracedLine): boolean => line.key === key && isOver(line.ends, this.ground.entries.now());
    const isOurs = states.includes(entryDigest(before)) || (before === undefined && lines.some(hasEnded));
    if (!isOurs) this.faults.push(`${op.id} takes away what ${info.label} did not make`);
    const [renamed, former] = info.kind === 'rename' ? lines : [];
    if (renamed?.key !== key || former === undefined) return;
    const isBack = textOf(this.ground.entries.get(former.key)) === textOf(before);
    if (before && !isBack) this.faults.push(`${op.id} takes from “${key}” what is not back at “${former.key}”`);
  }

  #isOnDisk(key: string, before: KvEntry | undefined): boolean {
    const state = before && {
      value: Buffer.from(before.value).toString('base64'),
      ...(before.metadata !== undefined && { meta: JSON.stringify(before.metadata) }),
      ...(before.expiration !== undefined && { expiration: before.expiration }),
    };
    const text = JSON.stringify({ key, ...(state && { before: state }) }).slice(0, -1);
    return this.files.paths.some((path) => this.files.peek(path).includes(text));
  }

  /** Checks that the outcome reported for every key is what happened to it. */
  #checkTold(): void {
    const { log } = this.ground;
    for (const op of this.ops) {
      if (op.kind === 'worker' || op.window?.isAlive === false) continue;
      for (const [key, told] of op.told) {
        const isWritten = log.some((one) => one.by === op.id && one.key === key);
        const wanted = textOf(op.wanted.get(key));
        // Somebody else may have made it what was wanted.
        const isAsWanted =
          op.seen.get(key)?.text === wanted ||
          (wanted === 'nothing' && this.#mayHaveEnded(op, key)) ||
          log.some((one) => one.key === key && textOf(one.after) === wanted);
        if (told === 'done' && op.wanted.has(key) && !isWritten && !isAsWanted) {
          this.faults.push(`${op.id} says that it wrote “${key}”`);
        }
        if (told === 'done' && op.wanted.has(key) && !isWritten) this.#between.add(key);
        if ((told === 'failed' || told === 'conflict') && isWritten) {
          this.faults.push(`${op.id} says that it did not write “${key}”`);
        }
        const reliedOn = [[key, op.seen.get(key)] as const, ...op.onlyRead];
        if (
          told === 'conflict' &&
          !reliedOn.some(([one, seen]) => mayEnd(seen?.text) || this.#isMovedByOthers(op, one, seen))
        ) {
          this.faults.push(`${op.id} says that somebody else wrote “${key}”`);
        }
      }
    }
  }

  /** Whether a key may have expired by itself since it was read: as it was then, or as somebody has made it since. */
  #mayHaveEnded(op: Op, key: string): boolean {
    const { log } = this.ground;
    const seen = op.seen.get(key);
    const isSeen = (one: Applied): boolean => one.key === key && textOf(one.after) === seen?.text;
    const since = log.slice(log.slice(0, seen?.at).findLastIndex(isSeen) + 1);
    return mayEnd(seen?.text) || since.some((one) => one.key === key && mayEnd(textOf(one.after)));
  }

  #isMovedByOthers(op: Op, key: string, { text, at }: Seen = { text: '', at: 0 }): boolean {
    return this.ground.log.some((one, index) => {
      // It may have been read a while before.
      if (one.key !== key || (index < at && textOf(one.before) !== text)) return false;
      const other = this.ops.find(({ id }) => id === one.by);
      return other === op || other?.window !== op.window;
    });
  }

  /** Checks that what was replaced is in a journal, unless an undo has handled it. */
  async #checkKept(): Promise<void> {
    // If the disk did not record its end, a change counts as ended after a while.
    this.#ahead += 24 * 3_600_000;
    const journals = new Win(this, 9, 'last').journals;
    await journals.tidy();
    const kept = new Set<string>();
    for (const { id, label, source, state } of await journals.list()) {
      if (this.#forgotten.has(label)) this.faults.push(`${label} was forgotten, and is there`);
      if (source === ELSEWHERE.source) continue;
      if (state === 'running') this.faults.push(`${label} goes on for ever`);
      else for await (const line of journals.lines(id)) kept.add(placeOf(line));
    }
    const dealtWith = new Set(this.ops.flatMap(({ target }) => target?.lines.map(placeOf) ?? []));
    for (const [at, { by, key, before }] of this.ground.log.entries()) {
      const op = this.ops.find(({ id }) => id === by);
      if (op === undefined || op.kind === 'worker' || op.kind === 'undo' || this.#unkept.has(by)) continue;
      if (this.#isOvertaken(key, at)) continue;
      const place = `${key} ${textOf(before)}`;
      const isOwn = op.wanted.has(key) && textOf(before) === textOf(op.wanted.get(key));
      if (!isOwn && !kept.has(place) && !dealtWith.has(place))
        this.faults.push(`nobody has ${place}, which ${by} replaced`);
    }
  }

  /**
   * Whether an earlier change of the key, or one that may have come earlier because its answer was lost, was undone
   * after this one: that also removed everything in between.
   */
  #isOvertaken(key: string, at: number): boolean {
    return this.ground.log.slice(at + 1).some((one) => {
      const target = this.ops.find(({ id }) => id === one.by)?.target;
      if (one.key !== key || target === undefined) return false;
      const { label } = target.info;
      const mayHaveCome =
        target.lines.some((line) => line.key === key && line.isWritten === 'maybe') &&
        this.ops.some(({ id, seen }) => id === label && (seen.get(key)?.at ?? Number.POSITIVE_INFINITY) <= at);
      return mayHaveCome || this.ground.log.slice(0, at).some((older) => older.key === key && older.by === label);
    });
  }

  /** Checks that undoing everything, newest first, restores the initial state. */
  async #undoAll(): Promise<void> {
    const before = this.ops.filter(({ kind }) => kind === 'undo');
    const cameBack = this.countsTicks && this.boot === 0 ? [] : KEYS.filter((key) => this.#hasComeBack(key));
    for (const window of this.windows) window.isAlive = false;
    const window = new Win(this, 9, 'last');
    this.windows.push(window);
    for (let last = ''; ; ) {
      const infos = (await window.journals.list()).filter(isHere);
      for (const info of infos) {
        // It may be over with one before it.
        if ((await window.journals.find(info.id)) === undefined) continue;
        const op = this.#opOf('undo', window);
        await this.#context.run(op, () => this.#undo(op, window, info));
        op.isOver = true;
        op.to = ++this.#lastId;
      }
      const now = `${infos.map(({ id }) => id)} ${this.#state()}`;
      if (infos.length === 0 || now === last) break;
      last = now;
    }
    for (const older of before) this.#noteOrder(older);
    for (const key of cameBack) this.#between.add(key);
    this.#noteHeld();
    const start = this.#initial.split('\n');
    if (KEYS.some((key) => !this.#between.has(key) && !start.includes(this.#stateOf(key)))) {
      this.faults.push(`taken back, it is\n${this.#state()}\nand was\n${this.#initial}`);
    }
  }

  /** Whether a key returned to a state that it had before, or may have, by a write whose answer was lost. */
  #hasComeBack(key: string): boolean {
    const changes = this.ground.log.filter((one) => one.key === key && textOf(one.before) !== textOf(one.after));
    const all = changes.flatMap(({ before, after }) => [textOf(before), textOf(after)]);
    const states = all.filter((text, at) => text !== all[at - 1]);
    const mayBeBack = this.ops.some(
      ({ told, wanted }) => told.get(key) === 'uncertain' && states.includes(textOf(wanted.get(key))),
    );
    return mayBeBack || new Set(states).size < states.length;
  }

  /** Notes the keys for which an older change was undone before, or during, the undo of a newer one. */
  #noteOrder(older: Op): void {
    const keys = new Set(older.target?.lines.map(({ key }) => key));
    for (const { target, to } of this.ops) {
      if (target === undefined || older.target === undefined) continue;
      if (target.info.id <= older.target.info.id || to < older.from) continue;
      for (const { key } of target.lines) if (keys.has(key)) this.#between.add(key);
    }
  }

  /** If nothing is promised for a former name, nothing is promised for its new name, nor for the next one. */
  #noteHeld(): void {
    const open = new Map(this.#held);
    for (let size = -1; size !== open.size; ) {
      size = open.size;
      for (const [id, [renamed, former]] of open) {
        if (this.#between.has(former) && open.delete(id)) this.#between.add(renamed);
      }
    }
  }

  /** Runs without faults and without other writers. */
  async #calmly(work: () => Promise<void>): Promise<void> {
    this.#isCalm = true;
    let isOver = false;
    void work()
      .catch((error) => this.#breaksOff('afterwards', error))
      .finally(() => {
        isOver = true;
      });
    await this.turns.run(() => isOver);
  }
}

/** Whether a state will expire by itself, according to its text. */
const mayEnd = (text = ''): boolean => / \d+$/.test(text);

const isOver = (ends: number | undefined, now: number): boolean => ends !== undefined && ends <= now;

const isHere = ({ source }: JournalInfo): boolean => source === NAMESPACE.source;

const never = new Promise<never>(() => {});

const placeOf = ({ key, before }: TracedLine): string => `${key} ${before ? textOf({ key, ...before }) : 'nothing'}`;

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
