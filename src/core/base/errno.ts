/** The code of a system or Node error, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether an error means that nothing exists at a path, or no longer exists. */
export const isFileMissing = (error: unknown): boolean => errnoOf(error) === 'ENOENT';

const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'EINTR']);

/** Whether an error says that something is short or in use for the moment, so that the same may work a little later. */
export const isShortage = (error: unknown): boolean => SHORTAGES.has(errnoOf(error) ?? '');
