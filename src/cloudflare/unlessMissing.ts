import { KEY_NOT_FOUND } from './codes.ts';
import { FailedRequest, hasCode } from './failure.ts';

/** What was found, or `undefined` if the API says that there is no such key. */
export async function unlessMissing<T>(work: Promise<T>): Promise<{ readonly found: T } | undefined> {
  try {
    return { found: await work };
  } catch (error) {
    if (isKeyMissing(error)) return undefined;
    throw error;
  }
}

const isKeyMissing = (error: unknown): boolean =>
  error instanceof FailedRequest && hasCode(error.failure, KEY_NOT_FOUND);
