import { isRawScalar } from '../../core/entry/metadataJson.ts';

/** What is nested more deeply, or contains itself, is longer than metadata may be. */
const MOST_NESTED = 512;

/**
 * Where a value has something that `JSON.stringify` would change into something else, such as `NaN` into `null`; a path
 * that begins with `name`. `undefined` where it has nothing of the kind. Members without a value are none.
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

/** It says itself what it is in JSON, as a date does. */
const hasOwnJson = (value: object): boolean =>
  'toJSON' in value && typeof value.toJSON === 'function' && JSON.stringify(value) !== undefined;
