import { type FileSystemOf, linuxFileSystem, unknownFileSystem } from './fileSystems.ts';
import { linuxProcesses, noProcesses, type ServerProcesses } from './processes.ts';

/** What the operating system reports about dev servers and their files. */
export interface ServerSystem {
  readonly processes: ServerProcesses;
  readonly fileSystemOf: FileSystemOf;
}

/** For systems that report nothing. */
export const silentSystem: ServerSystem = { processes: noProcesses, fileSystemOf: unknownFileSystem };

export const serverSystem = (platform = process.platform): ServerSystem =>
  platform === 'linux' ? { processes: linuxProcesses(), fileSystemOf: linuxFileSystem() } : silentSystem;
