import { bundledWorker } from '../core/base/bundledWorker.ts';

export const configSearchWorkerPath = (): string | URL =>
  bundledWorker('configSearchWorker') ?? new URL('./configSearchWorker.ts', import.meta.url);
