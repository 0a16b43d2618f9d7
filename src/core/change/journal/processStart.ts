import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How to ask the system about a process; tests bring their own. */
export interface ProcessSystem {
  readonly platform: NodeJS.Platform;
  /** Runs a program without a shell and resolves to its output. Rejects if there is none. */
  readonly run: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => Promise<string>;
}

/** The start times of processes, which distinguish the process that has an id now from an earlier one. */
export interface ProcessStarts {
  /** The tick of the current moment. */
  tick(): string | undefined;
  /** The start of this process; absent if the system does not report it. */
  readonly own: string | undefined;
  /** Whether a running process has this start time; also true if that cannot be determined. */
  isStartOf(pid: number, started: string): Promise<boolean>;
}

/**
 * How long the answer of a program is used, in milliseconds, so that it runs only once for many changes of one process.
 */
const ANSWER_GOOD_MS = 5000;
const TIME_LIMIT_MS = 10_000;
/**
 * A process knows when its JavaScript began, while its system knows when it was created. The difference is less than
 * this, in milliseconds.
 */
const APART_MS = 30_000;

/** The system that this runs on. */
export const processSystem: ProcessSystem = {
  platform: process.platform,
  run: (file, args, env) =>
    new Promise((resolve, reject) => {
      const options = { env, timeout: TIME_LIMIT_MS, windowsHide: true };
      execFile(file, args, options, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    }),
};

export const processStarts = (system = processSystem): ProcessStarts =>
  system.platform === 'linux' ? ticks : moments(system);

/** Linux counts from the machine's boot, and a file has the exact value. */
const ticks: ProcessStarts = {
  tick() {
    const boot = bootId();
    // Linux counts this alike for all processes (`CLOCK_MONOTONIC`).
    return boot && `${boot} ${Number(process.hrtime.bigint() / 1000n) / 1000}`;
  },
  get own() {
    return ticksOf(process.pid);
  },
  isStartOf: async (pid, started) => ticksOf(pid) === started,
};

/**
 * The 22nd field of `/proc/<pid>/stat` (man 5 proc), which counts from the machine's boot, together with the id of that
 * boot.
 */
function ticksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is a name in parentheses, which may contain spaces and parentheses.
    const found = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return found === undefined ? undefined : `${bootId()} ${found}`;
  } catch {
    return undefined;
  }
}

let boot: string | undefined;
function bootId(): string | undefined {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return boot;
  } catch {
    return undefined;
  }
}

/** On other systems a program reports the start of other processes; this process knows its own. */
function moments(system: ProcessSystem): ProcessStarts {
  const answers = new Map<number, { readonly at: number; readonly moment: Promise<number> }>();
  const momentOf = async (pid: number): Promise<number> => {
    const now = performance.now();
    const known = answers.get(pid);
    if (known !== undefined && now - known.at < ANSWER_GOOD_MS) return await known.moment;
    const moment = ask(system, pid).catch(() => Number.NaN);
    answers.set(pid, { at: now, moment });
    return await moment;
  };
  return {
    // The boot of the machine cannot be identified there.
    tick: () => undefined,
    own: new Date(performance.timeOrigin).toISOString(),
    async isStartOf(pid, started) {
      const moment = await momentOf(pid);
      return Number.isNaN(moment) || Math.abs(moment - Date.parse(started)) < APART_MS;
    },
  };
}

async function ask({ platform, run }: ProcessSystem, pid: number): Promise<number> {
  if (platform !== 'win32') {
    // “Mon Nov 30 04:17:30 2026”, in the requested language and time zone.
    const text = await run('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], { LC_ALL: 'C', TZ: 'UTC0' });
    return Date.parse(`${text.trim()} UTC`);
  }
  const powershell = join(process.env.SystemRoot ?? 'C:\\Windows', 'System32/WindowsPowerShell/v1.0/powershell.exe');
  const command = `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString('o')`;
  const text = await run(powershell, ['-NoProfile', '-NonInteractive', '-Command', command], process.env);
  return Date.parse(text.trim());
}
