import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

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
  /** Whether the owner of a journal may still be writing it. */
  isRunning(owner: Owner): boolean;
}

/** The processes of this machine. */
export function realProcesses(): Processes {
  let known: string | undefined;
  const own: Owner = {
    pid: process.pid,
    session: randomBytes(8).toString('hex'),
    // Asked with the first journal, not while the extension starts.
    get started() {
      known ??= startOf(process.pid);
      return known;
    },
  };
  return {
    own,
    isRunning(owner) {
      if (owner.pid === own.pid) return owner.session === own.session;
      return isAlive(owner.pid) && (owner.started === undefined || startOf(owner.pid) === owner.started);
    },
  };
}

/** Signal 0 only asks; a process of somebody else lives too. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The 22nd field of `/proc/<pid>/stat` (man 5 proc), which counts from the boot of the machine, and that boot's id. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    // The second field, a name in parentheses, may hold spaces and parentheses.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === undefined ? undefined : `${boot} ${ticks}`;
  } catch {
    return undefined;
  }
}
