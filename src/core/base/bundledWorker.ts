import { join } from 'node:path';

/** Set by the build. */
declare const __BUNDLED__: boolean | undefined;

/** A bundle of this name beside the extension's in the package; `undefined` in the source tree. */
export const bundledWorker = (name: string): string | undefined =>
  typeof __BUNDLED__ === 'boolean' ? join(__dirname, `${name}.cjs`) : undefined;
