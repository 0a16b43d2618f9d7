/** The package of Cloudflare's plugin. */
export const VITE_PLUGIN = '@cloudflare/vite-plugin';

/** Whether a file of this name makes its folder the root of a Vite project. */
export const isViteConfig = (name: string): boolean => /^vite\.config\.[cm]?[jt]s$/.test(name);

/** What a Vite config says about the Workers that its dev server runs. */
export interface ViteProject {
  /** Absolute path of the project's root. The data is kept below it, unless {@link stateFolder} is set. */
  readonly root: string;
  /** Absolute paths of the wrangler configs that it names for the app, at most one for each call of the plugin. */
  readonly own: readonly string[];
  /** Absolute paths of the wrangler configs of the auxiliary Workers. */
  readonly auxiliary: readonly string[];
  /** Absolute path of the folder that the plugin's `persistState` option names for the Workers' data. */
  readonly stateFolder?: string;
  /** What could not be determined, and where. */
  readonly hints: readonly ViteHint[];
}

/**
 * `root`, `configPath` and `persistState`: the value of this option is only known once the config runs. `notKept`: the
 * data is not kept on disk.
 */
export interface ViteHint {
  readonly about: 'root' | 'configPath' | 'persistState' | 'notKept';
  /** Line number, starting at 1. */
  readonly line: number;
}
