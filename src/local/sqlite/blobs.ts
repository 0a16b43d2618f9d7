import { randomBytes } from 'node:crypto';

/** The end of a value's file name, which tells when it was written: 16 hex digits that sort by time as text. */
export const timeDigits = (unixMs: number): string => {
  const time = Buffer.alloc(8);
  time.writeBigInt64BE(BigInt(unixMs));
  return time.toString('hex');
};

/** 32 random bytes and the time, as Miniflare names the files of values. */
export function newBlobId(): string {
  return randomBytes(32).toString('hex') + timeDigits(Date.now());
}

/**
 * Whether a name from a database may be used as a file name: the database comes from the workspace, so it is not
 * trusted.
 */
export const isBlobId = (name: unknown): name is string =>
  typeof name === 'string' && name !== '' && name.length <= 128 && !/[^0-9a-f]/.test(name);

/** Length of Miniflare's names. */
const BLOB_ID_LENGTH = 80;

/**
 * Whether a name from a database stays inside the folder in which it is looked up. This is a cheaper {@link isBlobId},
 * at a quarter of the cost, for many names whose files are not opened.
 */
export const staysInFolder = (name: unknown): name is string =>
  typeof name === 'string' && name.length === BLOB_ID_LENGTH && process.platform !== 'win32'
    ? !name.includes('/') && !name.includes('\0')
    : isBlobId(name);

/** When the file of a value was created, in Unix milliseconds, if its name is one of Miniflare's. */
export function timeOf(blobId: string): number | undefined {
  const time = /^[0-9a-f]{64}([0-9a-f]{16})$/.exec(blobId)?.[1];
  const ms = time === undefined ? Number.NaN : Number.parseInt(time, 16);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
