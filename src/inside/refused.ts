import { KvError } from '../core/base/errors.ts';
import type { Refusal } from './job.ts';

/** A job was not made: why stands in `refusal`, which has a sentence of its own where it is told. */
export class Refused extends KvError {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, detail: string) {
    const kind = refusal.kind === 'permission' ? 'forbidden' : 'unsupported';
    super(kind, 'permission' in refusal ? refusal.permission : refusal.kind, { cause: new Error(detail) });
    this.refusal = refusal;
  }
}
