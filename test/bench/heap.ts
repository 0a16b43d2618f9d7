import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
setFlagsFromString('--no-expose-gc');

/** The bytes of the JavaScript heap that are in use when all garbage has gone. */
export async function heapUsed(): Promise<number> {
  // What is freed in one turn is reached by the collection in the next.
  for (let i = 0; i < 3; i++) {
    await pause(100);
    collect();
  }
  return process.memoryUsage().heapUsed;
}
