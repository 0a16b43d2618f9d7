/**
 * Yields the results of `work` in the order of the items, with up to `width` of them running or waiting to be taken.
 * Nothing starts before the first result is requested. If the caller stops early, work that is still running finishes
 * and its results are ignored.
 */
export async function* inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  let next = 0;
  const begin = (): void => {
    for (; begun.length < width && next < items.length; next++) {
      const result = work(items[next] as T);
      // An error is thrown when its result is taken; if the caller stops before that, it is ignored.
      result.catch(() => {});
      begun.push(result);
    }
  };
  begin();
  for (let first = begun[0]; first !== undefined; first = begun[0]) {
    const result = await first;
    begun.shift();
    begin();
    yield result;
  }
}
