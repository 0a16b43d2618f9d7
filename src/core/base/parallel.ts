/**
 * The results of `work` in the order of the items, with up to `width` of them under way or waiting to be taken. Nothing
 * is begun before the first result is asked for. When the caller stops early, what is under way ends unheard.
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
      // An error is told where its turn comes, or to nobody.
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
