import { errnoOf } from './errno.ts';

/** Signal 0 only asks; a process of somebody else lives too. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}
