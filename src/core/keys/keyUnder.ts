/** The key's name inside the group with this prefix; a key already in the group keeps its name. */
export const keyUnder = (prefix: string, key: string): string => (key.startsWith(prefix) ? key : prefix + key);
