import { errnoOf } from './errno.ts';

/** Whether a process exists. Signal 0 only checks; EPERM means that the process exists but belongs to another user. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}
