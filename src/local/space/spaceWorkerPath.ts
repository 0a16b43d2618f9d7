import { bundledWorker } from '../../core/base/bundledWorker.ts';

export const spaceWorkerPath = (): string | URL =>
  bundledWorker('spaceWorker') ?? new URL('./spaceWorker.ts', import.meta.url);
