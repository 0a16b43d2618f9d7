import { isTable } from '../../core/base/table.ts';
import type { Answer } from './reply.ts';

/**
 * The keys that the answer to a bulk request lists as not done; all others were done. `undefined` if the answer does
 * not account for each key.
 */
export function notDone(answer: Answer, keys: ReadonlySet<string>): ReadonlySet<string> | undefined {
  const named = answer.kind === 'foreign' ? undefined : accounted(answer.result, keys);
  return named ?? (isWhollyRefused(answer) ? keys : undefined);
}

function accounted(result: unknown, keys: ReadonlySet<string>): ReadonlySet<string> | undefined {
  if (!isTable(result) || !Array.isArray(result.unsuccessful_keys)) return undefined;
  const named = new Set<string>();
  for (const name of result.unsuccessful_keys as readonly unknown[]) {
    if (typeof name !== 'string' || !keys.has(name)) return undefined;
    named.add(name);
  }
  return result.successful_key_count === keys.size - named.size ? named : undefined;
}

/**
 * The Explorer checks a whole request before it writes anything (wrangler 4.156). Servers that are not an Explorer
 * write nothing at all.
 */
function isWhollyRefused(answer: Answer): boolean {
  switch (answer.kind) {
    case 'ok':
      return false;
    case 'error':
      return answer.status === 400 || answer.status === 404;
    case 'foreign':
      return answer.status < 500;
  }
}
