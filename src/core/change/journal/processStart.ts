import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a process is asked of its system by; tests bring their own. */
export interface ProcessSystem {
  readonly platform: NodeJS.Platform;
  /** The output of a program, started without a shell; rejects when there is none. */
  readonly run: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => Promise<string>;
}

/** By their start, what runs under a process id now is told from what ran under it before. */
export interface ProcessStarts {
  /** That of a moment, of now. */
  tick(): string | undefined;
  /** That of this process; absent where the system does not tell. */
  readonly own: string | undefined;
  /** Whether a process that runs has started then; also where nobody can tell. */
  isStartOf(pid: number, started: string): Promise<boolean>;
}

/** Programs are answered for this long, in milliseconds: of many changes of one process it is asked once. */
const ANSWER_GOOD_MS = 5000;
const TIME_LIMIT_MS = 10_000;
/** A process knows when its JavaScript began, its system when it was made: that is less apart, in milliseconds. */
const APART_MS = 30_000;

/** The one that this runs on. */
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

/** Linux counts from the boot of the machine: a file tells it exactly. */
const ticks: ProcessStarts = {
  tick() {
    const boot = bootId();
    // Linux counts it for all processes alike (`CLOCK_MONOTONIC`).
    return boot && `${boot} ${Number(process.hrtime.bigint() / 1000n) / 1000}`;
  },
  get own() {
    return ticksOf(process.pid);
  },
  isStartOf: async (pid, started) => ticksOf(pid) === started,
};

/** The 22nd field of `/proc/<pid>/stat` (man 5 proc), which counts from the boot of the machine, and that boot's id. */
function ticksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, a name in parentheses, may hold spaces and parentheses.
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

/** Elsewhere a program tells it, and only of another process: this one knows its own. */
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
    // It is not known there which boot of the machine this is.
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
    // “Mon Nov 30 04:17:30 2026”, in the language and zone that are asked for.
    const text = await run('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], { LC_ALL: 'C', TZ: 'UTC0' });
    return Date.parse(`${text.trim()} UTC`);
  }
  const powershell = join(process.env.SystemRoot ?? 'C:\\Windows', 'System32/WindowsPowerShell/v1.0/powershell.exe');
  const command = `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString('o')`;
  const text = await run(powershell, ['-NoProfile', '-NonInteractive', '-Command', command], process.env);
  return Date.parse(text.trim());
}
