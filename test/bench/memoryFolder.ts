import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY = '/dev/shm';

/** Where there is a file system in memory: there, where nothing but the program's own work takes time. */
export const memoryFolder = existsSync(MEMORY) ? MEMORY : tmpdir();
