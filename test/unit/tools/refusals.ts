import assert from 'node:assert/strict';
import { isKvError, type KvErrorKind } from '../../../src/core/base/errors.ts';

/** Asserts that something throws a KvError of this kind, and what its message says. */
export function throwsKvError(work: () => unknown, kind: KvErrorKind, says: RegExp): void {
  assert.throws(work, (error) => {
    assert.ok(isKvError(error, kind), String(error));
    assert.match(error.message, says);
    return true;
  });
}
