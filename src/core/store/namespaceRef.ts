/** Identifies a namespace across all sources. */
export interface NamespaceRef {
  /** Id of the source. */
  readonly source: string;
  readonly id: string;
}

export const sameNamespace = (a: NamespaceRef, b: NamespaceRef): boolean => a.source === b.source && a.id === b.id;

/** Both ids in one string, for use as a map key. Not to be shown or stored. */
export const namespaceKey = ({ source, id }: NamespaceRef): string => `${source}\n${id}`;
