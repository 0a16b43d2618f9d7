/** The operations on Workers, workflows and R2 that a job needs. */
const OPERATIONS = {
  'GET workers/subdomain': 'getSubdomain',
  'GET workers/scripts': 'listScripts',
  'GET workers/scripts/*/settings': 'getScriptSettings',
  'PUT workers/scripts/*': 'putScript',
  'DELETE workers/scripts/*': 'deleteScript',
  'POST workers/scripts/*/subdomain': 'setScriptSubdomain',
  'GET workflows': 'listWorkflows',
  'GET workflows/*': 'getWorkflow',
  'PUT workflows/*': 'putWorkflow',
  'DELETE workflows/*': 'deleteWorkflow',
  'POST workflows/*/instances': 'createInstance',
  'PUT workflows/*/instances/terminate': 'terminateInstances',
  'GET workflows/*/instances/*': 'getInstance',
  'GET workflows/*/instances/*/step': 'getStep',
  'PATCH workflows/*/instances/*/status': 'setInstanceStatus',
  'POST workflows/*/instances/*/events/*': 'sendEvent',
  'GET r2/buckets': 'listBuckets',
} as const;

export type InsideOperation = (typeof OPERATIONS)[keyof typeof OPERATIONS];

const known: ReadonlySet<string> = new Set(Object.values(OPERATIONS));

export const isInside = (operation: string): operation is InsideOperation => known.has(operation);

/** `key` contains the names in the path, joined by "/". */
export function insideRouteOf(
  method: string,
  path: string,
): { readonly operation: InsideOperation; readonly account: string; readonly key: string } | undefined {
  const [, account, rest] = /^\/accounts\/([^/]+)\/((?:workers|workflows|r2)\b.*)$/.exec(path) ?? [];
  if (account === undefined || rest === undefined) return undefined;
  for (const [form, operation] of Object.entries(OPERATIONS)) {
    const [verb, pattern = ''] = form.split(' ');
    const match = verb === method ? new RegExp(`^${pattern.replaceAll('*', '([^/]+)')}$`).exec(rest) : null;
    // More than one pattern may match; the most specific comes first.
    if (match) return { operation, account, key: match.slice(1).map(decodeURIComponent).join('/') };
  }
  return undefined;
}
