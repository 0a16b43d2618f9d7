import { isRawScalar } from '../../core/entry/metadataJson.ts';

/** A value nested more deeply, or one that contains itself, would be longer than metadata may be. */
const MOST_NESTED = 512;

/**
 * The path, beginning with `name`, of a part that `JSON.stringify` would change, such as `NaN` to `null`. `undefined`
 * if there is none. Members that are `undefined` count as absent.
 */
export function placeOfNoJson(value: unknown, name: string, depth = 1): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : name;
    case 'object':
      break;
    default:
      return name;
  }
  if (value === null || isRawScalar(value)) return undefined;
  if (depth > MOST_NESTED) return name;
  if (Array.isArray(value)) return first(value.entries(), (key) => `${name}[${key}]`, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return hasOwnJson(value) ? undefined : name;
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return first(members, (key) => `${name}.${key}`, depth);
}

function first<K>(
  items: Iterable<readonly [K, unknown]>,
  nameOf: (key: K) => string,
  depth: number,
): string | undefined {
  for (const [key, inner] of items) {
    const place = placeOfNoJson(inner, nameOf(key), depth + 1);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** Whether it has its own JSON form, as a date does. */
const hasOwnJson = (value: object): boolean =>
  'toJSON' in value && typeof value.toJSON === 'function' && JSON.stringify(value) !== undefined;
