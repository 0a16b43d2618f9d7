/** Beside this file in the source tree; beside the bundle as `sqliteWorker.js` in the package. */
export const workerUrl = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './sqliteWorker.js', import.meta.url);
