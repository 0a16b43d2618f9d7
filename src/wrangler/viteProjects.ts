/** The package of Cloudflare's plugin. */
export const VITE_PLUGIN = '@cloudflare/vite-plugin';

/** Names of the files that make a folder the root of a Vite project. */
export const isViteConfig = (name: string): boolean => /^vite\.config\.[cm]?[jt]s$/.test(name);

/** What a Vite config says of the Workers that its dev server runs. */
export interface ViteProject {
  /** The folder beside which their data lies, unless it is kept in {@link stateFolder}: absolute. */
  readonly root: string;
  /** The wrangler config that it names for the app, one for each time that the plugin is used; absolute paths. */
  readonly own: readonly string[];
  /** Those of the Workers that run beside it. */
  readonly auxiliary: readonly string[];
  /** Where the plugin's `persistState` keeps their data; absolute. */
  readonly stateFolder?: string;
  /** What cannot be followed. */
  readonly hints: readonly ViteHint[];
}

/**
 * `root`, `configPath` and `persistState`: it is named by something that must be run to know it. `notKept`: the data
 * lies in no lasting place.
 */
export interface ViteHint {
  readonly about: 'root' | 'configPath' | 'persistState' | 'notKept';
  /** From 1. */
  readonly line: number;
}
