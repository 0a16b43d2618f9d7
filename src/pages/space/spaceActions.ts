const actionKinds = ['again', 'into', 'key', 'group', 'list', 'log'] as const;
type ActionKind = (typeof actionKinds)[number];

/** The id of a button or mark, with what it is of. */
export const actionId = (what: ActionKind, of = ''): string => `${what}:${of}`;

export function actionOf(id: string): { readonly what: ActionKind | undefined; readonly of: string } {
  const end = id.indexOf(':');
  return { what: actionKinds.find((kind) => kind === id.slice(0, end)), of: id.slice(end + 1) };
}
