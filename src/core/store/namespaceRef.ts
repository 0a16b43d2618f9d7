/** What names a namespace anywhere. */
export interface NamespaceRef {
  /** Id of the source. */
  readonly source: string;
  readonly id: string;
}

export const sameNamespace = (a: NamespaceRef, b: NamespaceRef): boolean => a.source === b.source && a.id === b.id;

/** Both in one text, for maps: not to be shown, nor to be kept. */
export const namespaceKey = ({ source, id }: NamespaceRef): string => `${source}\n${id}`;
