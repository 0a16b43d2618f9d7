import { KvError } from '../core/base/errors.ts';
import type { Refusal } from './job.ts';

/** A job was not created; `refusal` says why and has its own message in the user interface. */
export class Refused extends KvError {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, detail: string) {
    const kind = refusal.kind === 'permission' ? 'forbidden' : 'unsupported';
    super(kind, 'permission' in refusal ? refusal.permission : refusal.kind, { cause: new Error(detail) });
    this.refusal = refusal;
  }
}
