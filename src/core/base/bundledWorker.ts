import { join } from 'node:path';

/** Set by the build. */
declare const __BUNDLED__: boolean | undefined;

/**
 * The path of the bundle with this name, next to the extension's own bundle in the package; `undefined` in the source
 * tree.
 */
export const bundledWorker = (name: string): string | undefined =>
  typeof __BUNDLED__ === 'boolean' ? join(__dirname, `${name}.cjs`) : undefined;
