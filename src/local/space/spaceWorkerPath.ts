import { join } from 'node:path';

/** Set by the build. */
declare const __BUNDLED__: boolean | undefined;

/** Beside this file in the source tree; a bundle of its own beside the extension's in the package. */
export const spaceWorkerPath = (): string | URL =>
  typeof __BUNDLED__ === 'boolean' ? join(__dirname, 'spaceWorker.cjs') : new URL('./spaceWorker.ts', import.meta.url);
