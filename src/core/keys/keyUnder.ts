/** The key's name in the group of this prefix; one that is in it already keeps its name. */
export const keyUnder = (prefix: string, key: string): string => (key.startsWith(prefix) ? key : prefix + key);
