/** A KV binding as a wrangler config has it, before anything is said about which namespace it leads to. */
export interface ConfigBinding {
  /** The name that a Worker knows it by. */
  readonly name: string;
  readonly id?: string;
  readonly previewId?: string;
  readonly remote?: boolean;
  /** Absent for the top level. Environments inherit no namespaces from it. */
  readonly environment?: string;
  /** Where the entry starts, from 1; absent where TOML hides it (inline tables, dotted keys inside them). */
  readonly line?: number;
}

/** One wrangler config. With a `problem` it holds whatever could be read all the same. */
export interface WranglerConfig {
  /** Absolute. */
  readonly path: string;
  /** The folder of the file: local state lies below it. */
  readonly folder: string;
  /** The folder beside whose configs local state lies, where it is not {@link folder}: a Vite root. Absolute. */
  readonly stateRoot?: string;
  /** The Worker's name. */
  readonly name?: string;
  /** Those of its environments: what `wrangler dev --env` runs. */
  readonly environmentNames?: readonly string[];
  /** Top level first, then the environments, each in the order of the file. */
  readonly bindings: readonly ConfigBinding[];
  /** `dev.port`. */
  readonly devPort?: number;
  /** Made by a build tool, not by hand: nothing is to be added to it. */
  readonly isGenerated?: true;
  /** The config that is used in its place; then there are no bindings. Absolute. */
  readonly shadowedBy?: string;
  /** That other one is named by Vite; without this it is the one of the same folder that wrangler prefers. */
  readonly isShadowedByVite?: true;
  /** It is named by Vite, and there is no such file. */
  readonly isMissing?: true;
  /** The first thing wrong, in a sentence that names the place but not the file; `line` is from 1. */
  readonly problem?: ConfigProblem;
}

export interface ConfigProblem {
  readonly message: string;
  readonly line?: number;
}
