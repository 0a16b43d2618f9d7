import { SIZE_BOUNDS } from '../../core/space/space.ts';

const actionKinds = ['again', 'into', 'key', 'group', 'list', 'log'] as const;
type ActionKind = (typeof actionKinds)[number];

/** The id of a button or mark, including what it is about. */
export const actionId = (what: ActionKind, of = ''): string => `${what}:${of}`;

export function actionOf(id: string): { readonly what: ActionKind | undefined; readonly of: string } {
  const end = id.indexOf(':');
  return { what: actionKinds.find((kind) => kind === id.slice(0, end)), of: id.slice(end + 1) };
}

/** The name in a `list` action of keys whose values are counted under one of {@link SIZE_BOUNDS}. */
export const sizeId = (at: number): string => `size${at}`;
export const sizeOfId = (id: string): number | undefined => {
  const at = SIZE_BOUNDS.findIndex((_, place) => sizeId(place) === id);
  return at < 0 ? undefined : at;
};
