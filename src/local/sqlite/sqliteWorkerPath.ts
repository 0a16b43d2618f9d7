import { bundledWorker } from '../../core/base/bundledWorker.ts';

export const sqliteWorkerPath = (): string | URL =>
  bundledWorker('sqliteWorker') ?? new URL('./worker.ts', import.meta.url);
