/** The code of an error of the system or of Node, as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Nothing is at a path, or not any more. */
export const isFileMissing = (error: unknown): boolean => errnoOf(error) === 'ENOENT';
