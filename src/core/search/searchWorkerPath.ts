import { bundledWorker } from '../base/bundledWorker.ts';

export const searchWorkerPath = (): string | URL =>
  bundledWorker('searchWorker') ?? new URL('./searchWorker.ts', import.meta.url);
