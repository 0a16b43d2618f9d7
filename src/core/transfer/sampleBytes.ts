import type { KvReader } from '../store/store.ts';

/** The number of keys that one request to an account reads. */
const MOST_READ = 100;

/** Estimates the size of all values of these keys from up to 100 of them. Those that cannot be read count as average. */
export async function sampleBytes(store: KvReader, keys: readonly string[], signal?: AbortSignal): Promise<number> {
  const step = Math.max(1, keys.length / MOST_READ);
  const sample = Array.from({ length: Math.min(keys.length, MOST_READ) }, (_, at) => keys[Math.floor(at * step)] ?? '');
  let bytes = 0;
  let unread = 0;
  const onUnread = (): void => {
    unread++;
  };
  for await (const { value } of store.getMany(sample, signal, onUnread)) bytes += value.length;
  return unread === sample.length ? 0 : Math.round((bytes * step * sample.length) / (sample.length - unread));
}
