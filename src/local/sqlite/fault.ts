import { errnoOf } from '../../core/base/errno.ts';
import { errorText } from '../../core/base/errors.ts';
import type { Fault, FaultReason } from './protocol.ts';

/** Carries a {@link Fault}. */
export class FaultError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.detail);
    this.fault = fault;
  }
}

const byErrno: Readonly<Record<string, FaultReason>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
  ELOOP: 'looping',
};

/** Primary result codes, https://www.sqlite.org/rescode.html. An extended code has its primary code in the low byte. */
const bySqlite: Readonly<Record<number, FaultReason>> = {
  3: 'denied',
  5: 'locked',
  6: 'locked',
  8: 'denied',
  11: 'damaged',
  13: 'full',
  14: 'denied',
  23: 'denied',
  26: 'damaged',
};

const numberOf = (error: object, name: string): number | undefined => {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'number' ? value : undefined;
};

/** The extended result code of an error from `node:sqlite`. */
export const sqliteCode = (error: unknown): number | undefined =>
  error instanceof Error && errnoOf(error) === 'ERR_SQLITE_ERROR' ? numberOf(error, 'errcode') : undefined;

/** Converts any error of a file or database operation on `path` to a fault. */
export function faultOf(error: unknown, path: string): Fault {
  if (error instanceof FaultError) return error.fault;
  const detail = errorText(error);
  const code = sqliteCode(error);
  if (code !== undefined) return { reason: bySqlite[code & 0xff] ?? 'other', path, code: `SQLITE ${code}`, detail };
  const errno = errnoOf(error);
  if (errno === undefined) return { reason: 'other', path, detail };
  return { reason: byErrno[errno] ?? 'other', path, code: errno, detail };
}
