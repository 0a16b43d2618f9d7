import { randomBytes } from 'node:crypto';

/** 32 random bytes and the time, as Miniflare names the files of values. */
export function newBlobId(): string {
  const time = Buffer.alloc(8);
  time.writeBigInt64BE(BigInt(Date.now()));
  return randomBytes(32).toString('hex') + time.toString('hex');
}

/** Whether a name from a database may be used as a file name: it comes from the workspace and is not to be trusted. */
export const isBlobId = (name: unknown): name is string => typeof name === 'string' && /^[0-9a-f]{1,128}$/.test(name);
