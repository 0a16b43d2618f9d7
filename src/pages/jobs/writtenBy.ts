import { sourceIdOf } from '../../auth/account.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { JobState } from '../../inside/job.ts';

/** The namespace that a job writes to, if any. */
export function writtenBy({ account, request }: Pick<JobState, 'account' | 'request'>): NamespaceRef | undefined {
  const written = request?.job === 'delete' ? request.from : request?.to;
  return written && { source: sourceIdOf({ id: account }), id: written.id };
}
