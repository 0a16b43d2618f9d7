/** A quick test of the text before parsing: whether it may use KV. */
export function mayUseKv(text: string, names: Iterable<string>): boolean {
  if (text.includes('KVNamespace')) return true;
  for (const name of names) if (text.includes(name)) return true;
  return false;
}
