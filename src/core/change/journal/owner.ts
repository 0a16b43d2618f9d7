import { randomBytes } from 'node:crypto';
import { isAlive } from '../../base/isAlive.ts';
import { processStarts } from './processStart.ts';

/** The process that writes a journal. Identified by its id and start time, because ids are reused. */
export interface Owner {
  readonly pid: number;
  /** When the process started, as reported by the system; absent if it does not report that. */
  readonly started?: string | undefined;
  /** Identifies one run of the extension, because a process may have several. */
  readonly session: string;
}

/** What journals need to know about the machine; tests bring their own. */
export interface Processes {
  readonly own: Owner;
  /** The tick of the current moment; absent if the machine provides none. */
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
    // Determined for the first journal, not while the extension starts.
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
