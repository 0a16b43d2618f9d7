import type { SourceProblem } from '../core/store/store.ts';
import type { WranglerConfig } from '../wrangler/config.ts';
import type { Neighbour } from './serving/ownership.ts';
import { localSourceId } from './stateFolder.ts';

/** A folder with its configs. */
export interface ConfigFolder {
  /** Absolute. */
  readonly folder: string;
  readonly configs: readonly WranglerConfig[];
}

/** What is known of a project's local KV; replaced as a whole when configs change. */
export interface LocalProject {
  /** The folder that holds the configs: absolute. */
  readonly projectFolder: string;
  /** Absolute; need not exist. */
  readonly stateFolder: string;
  /** The name of its Worker, else of its folder. */
  readonly name: string;
  /** What sets it apart where the workspace has another project of the same name. */
  readonly label: string;
  readonly configs: readonly WranglerConfig[];
  readonly problems: readonly SourceProblem[];
  /** Binding names that other configs of the workspace have for an id. */
  readonly titles: ReadonlyMap<string, string>;
  /** Vite may serve it. */
  readonly mayBeVite?: boolean;
  /** Folders out of which no link is followed: those of a workspace that is not trusted. Absent where it is. */
  readonly confinedTo?: readonly string[];
  /** Other projects whose dev servers may use the state folder, as with `--persist-to`. */
  readonly servedFrom?: readonly ConfigFolder[];
  /** The other projects of the workspace. */
  readonly neighbours?: readonly Neighbour[];
}

/** Asks the disk. */
export const idOf = ({ projectFolder, stateFolder }: LocalProject): string => localSourceId(projectFolder, stateFolder);

/** Whether two findings of a project show the same, whatever lies around it. */
export const looksSame = (a: LocalProject, b: LocalProject): boolean =>
  a.titles === b.titles && ownText(a) === ownText(b);

const ownText = ({ titles: _titles, neighbours: _neighbours, servedFrom: _servedFrom, ...own }: LocalProject): string =>
  JSON.stringify(own);
