import { dayAfter } from '../core/usage/days.ts';

/*
 * The usage page's queries to the GraphQL API. The first one uses only what is documented. The second one groups by
 * namespace, which the API supports but its KV documentation does not mention, so it is separate in case it is refused.
 */

/** Today and the days before it. A query for an older day is refused. */
const DAYS_KEPT = 31;
/** The most rows in an answer. */
export const MOST_ROWS = 10_000;

export interface UsageRange {
  /** Days, as `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
  readonly monthFrom: string;
}

/** Ids and days are inserted into the text unescaped, so they are checked first. */
export function totalsQuery(account: string, range: UsageRange, namespaces: readonly string[] | undefined): string {
  const { from, to, monthFrom } = range;
  const only = namespaces === undefined ? '' : `, ${whereNamespaces(namespaces)}`;
  const [own, ...others] = namespaces ?? [];
  return query(account, [
    rows('operations', 'kvOperationsAdaptiveGroups', `${between(from, to)}${only}`, [
      'sum { requests }',
      'quantiles { latencyMsP50 latencyMsP99 }',
      'dimensions { date actionType }',
    ]),
    rows('latency', 'kvOperationsAdaptiveGroups', `${between(from, to)}${only}`, [
      'quantiles { latencyMsP50 latencyMsP99 }',
      'dimensions { actionType }',
    ]),
    rows('month', 'kvOperationsAdaptiveGroups', between(monthFrom, to), [
      'sum { requests }',
      'dimensions { date actionType }',
    ]),
    // The numbers of several namespaces cannot be derived from this query, which returns the largest of them, not their
    // sum.
    ...(own !== undefined && others.length === 0
      ? [rows('ownStorage', 'kvStorageAdaptiveGroups', `${between(from, to)}${only}`, [STORED, 'dimensions { date }'])]
      : []),
  ]);
}

/**
 * Storage starts one day earlier, if that can be queried: it is used for a namespace whose first number has not
 * arrived.
 */
export function namespacesQuery(account: string, { from, to, monthFrom }: UsageRange): string {
  const before = dayAfter(from < monthFrom ? from : monthFrom, -1);
  const oldest = dayAfter(to, 1 - DAYS_KEPT);
  const storageFrom = before < oldest ? oldest : before;
  return query(account, [
    rows('namespaces', 'kvOperationsAdaptiveGroups', between(from, to), [
      'sum { requests }',
      'dimensions { namespaceId actionType }',
    ]),
    rows('storage', 'kvStorageAdaptiveGroups', between(storageFrom, to), [STORED, 'dimensions { date namespaceId }']),
  ]);
}

const STORED = 'max { keyCount byteCount }';

const between = (from: string, to: string): string => `date_geq: "${from}", date_leq: "${to}"`;

const whereNamespaces = (ids: readonly string[]): string =>
  ids.length === 1 ? `namespaceId: "${ids[0]}"` : `namespaceId_in: [${ids.map((id) => `"${id}"`).join(', ')}]`;

const rows = (name: string, dataset: string, filter: string, fields: readonly string[]): string =>
  `${name}: ${dataset}(limit: ${MOST_ROWS}, filter: { ${filter} }${newestFirst(fields)}) { ${fields.join(' ')} }`;

/** If there are more rows than fit into an answer, the oldest should be missing. */
const newestFirst = (fields: readonly string[]): string =>
  fields.some((field) => /^dimensions \{.*\bdate\b/.test(field)) ? ', orderBy: [date_DESC]' : '';

const query = (account: string, parts: readonly string[]): string =>
  `query { viewer { accounts(filter: { accountTag: "${account}" }) { ${parts.join(' ')} } } }`;
