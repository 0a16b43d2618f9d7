/** A plain test of the text, before anything is parsed: whether there can be KV in it. */
export function mayUseKv(text: string, names: Iterable<string>): boolean {
  if (text.includes('KVNamespace')) return true;
  for (const name of names) if (text.includes(name)) return true;
  return false;
}
