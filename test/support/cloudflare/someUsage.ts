import { dayAfter } from '../../../src/core/usage/days.ts';
import type { CountedOperations, CountedStorage } from './analytics.ts';

const ACTIONS = [
  { action: 'read', requests: 1900, latency: 6 },
  { action: 'write', requests: 320, latency: 45 },
  { action: 'delete', requests: 140, latency: 38 },
  { action: 'list', requests: 60, latency: 70 },
] as const;

/** A month of a shop's account: busier during the week, growing, and with most use in the first namespace. */
export function someUsage(
  account: string,
  namespaces: readonly string[],
  today: string,
): { readonly operations: readonly CountedOperations[]; readonly storage: readonly CountedStorage[] } {
  const days = Array.from({ length: 31 }, (_, at) => ({ day: dayAfter(today, at - 30), at }));
  const places = days.flatMap(({ day, at }) =>
    namespaces.map((namespace, rank) => ({ place: { account, namespace, day }, at, rank })),
  );
  return {
    operations: places.flatMap(({ place, at, rank }) =>
      ACTIONS.map(({ action, requests, latency }) => ({
        ...place,
        action,
        requests: Math.round((requests * (1 + at / 30) * (at % 7 < 5 ? 1 : 0.6)) / (rank * rank + 1)),
        latency: latency + ((at * 7 + rank * 3) % 11),
      })),
    ),
    storage: places.map(({ place, at, rank }) => ({
      ...place,
      keys: Math.round((8000 + at * 210) / (rank + 1)),
      bytes: Math.round((31_000_000 + at * 900_000) / (rank + 1)),
    })),
  };
}
