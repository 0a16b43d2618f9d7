import { type ChildProcess, spawn } from 'node:child_process';

/** A program to start without a shell. */
export interface Program {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  readonly cwd: string;
  /** The complete environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds after which the program is ended, together with all processes that it started. */
  readonly timeLimit: number;
}

export interface Finished {
  readonly timedOut: boolean;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** No program that is run here has more output than this. */
const MOST_CHARACTERS = 64 * 1024;

/** Runs a program to its end. Rejects only if it cannot be started. */
export async function runProgram(program: Program, { cwd, env, timeLimit }: RunOptions): Promise<Finished> {
  const child = spawn(program.file, [...program.args], {
    cwd,
    env: { ...env, ...program.env },
    shell: false,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A separate process group, because wrangler starts another process, which must be ended too.
    detached: process.platform !== 'win32',
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] = (output[name] + text).slice(0, MOST_CHARACTERS);
    });
  }
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endTree(child);
  }, timeLimit);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { timedOut, code, ...output };
  } finally {
    clearTimeout(timer);
  }
}

function endTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true })
      // Without taskkill, end at least the first process.
      .once('error', () => child.kill());
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The process has just ended by itself.
  }
}
