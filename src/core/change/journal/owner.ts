import { randomBytes } from 'node:crypto';
import { isAlive } from '../../base/isAlive.ts';
import { processStarts } from './processStart.ts';

/** Who writes a journal: a process, by its id and its start, since an id is given out again. */
export interface Owner {
  readonly pid: number;
  /** When the process started, as its system tells it; absent where it does not tell. */
  readonly started?: string | undefined;
  /** Of one run of the extension; two in one process differ. */
  readonly session: string;
}

/** What journals ask of the machine; tests bring their own. */
export interface Processes {
  readonly own: Owner;
  /** That of a moment, of now; absent where the machine does not tell. */
  tick(): string | undefined;
  /** Whether the owner of a journal may still be writing it. */
  isRunning(owner: Owner): Promise<boolean>;
}

/** The processes of this machine. */
export function realProcesses(starts = processStarts()): Processes {
  let known: string | undefined;
  const own: Owner = {
    pid: process.pid,
    session: randomBytes(8).toString('hex'),
    // Asked with the first journal, not while the extension starts.
    get started() {
      known ??= starts.own;
      return known;
    },
  };
  return {
    own,
    tick: () => starts.tick(),
    async isRunning({ pid, started, session }) {
      if (pid === own.pid) return session === own.session;
      return isAlive(pid) && (started === undefined || (await starts.isStartOf(pid, started)));
    },
  };
}
