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

/** What is known of a project's local KV. Replaced as a whole when configs change. */
export interface LocalProject {
  /** The absolute path of the folder that holds the configs. */
  readonly projectFolder: string;
  /** Absolute; need not exist. */
  readonly stateFolder: string;
  /** The name of its Worker, or else of its folder. */
  readonly name: string;
  /** The name, made unique if the workspace has another project of the same name. */
  readonly label: string;
  readonly configs: readonly WranglerConfig[];
  readonly problems: readonly SourceProblem[];
  /** Binding names that other configs of the workspace use for an id. */
  readonly titles: ReadonlyMap<string, string>;
  /** The project may be served by Vite. */
  readonly mayBeVite?: boolean;
  /** Folders out of which no link may lead: those of an untrusted workspace. Absent if the workspace is trusted. */
  readonly confinedTo?: readonly string[];
  /** Other projects whose dev servers may use the state folder, as with `--persist-to`. */
  readonly servedFrom?: readonly ConfigFolder[];
  /** The other projects of the workspace. */
  readonly neighbours?: readonly Neighbour[];
}

/** Reads the disk. */
export const idOf = ({ projectFolder, stateFolder }: LocalProject): string => localSourceId(projectFolder, stateFolder);

/** Whether two states of a project show the same, regardless of its neighbours. */
export const looksSame = (a: LocalProject, b: LocalProject): boolean =>
  a.titles === b.titles && ownText(a) === ownText(b);

const ownText = ({ titles: _titles, neighbours: _neighbours, servedFrom: _servedFrom, ...own }: LocalProject): string =>
  JSON.stringify(own);
