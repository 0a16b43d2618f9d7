import * as l10n from '@vscode/l10n';
import { countText, tenthsText } from '../text/countText.ts';
import { visibleText } from '../text/visibleText.ts';
import type { KvNamespace, KvSource } from './store.ts';

/** The beginning of an id, enough to tell namespaces apart at a glance. */
export const shortId = (id: string): string => (id.length > 12 && /^[0-9a-f]+$/i.test(id) ? `${id.slice(0, 4)}…` : id);

/** The name that users know: the binding names, else the title, else the beginning of the id. */
export function namespaceLabel(namespace: KvNamespace): string {
  const names = [...new Set(namespace.bindings.map((binding) => binding.name))];
  if (names.length > 0) return names.join(', ');
  return namespace.title !== namespace.id ? namespace.title : shortId(namespace.id);
}

const environmentsOf = ({ bindings }: KvNamespace): string =>
  [...new Set(bindings.flatMap((binding) => binding.environment ?? []))].join(', ');

/** Its environments and its note: "staging · preview". Empty for most namespaces. */
export function namespaceRemarks(namespace: KvNamespace): string {
  return [environmentsOf(namespace), namespace.note ?? ''].filter((part) => part !== '').join(' · ');
}

/** What distinguishes a namespace from others with the same name: its remarks and the short id. */
export function namespaceDescription(namespace: KvNamespace): string {
  const id = shortId(namespace.id);
  return [namespaceRemarks(namespace), id === namespaceLabel(namespace) ? '' : id]
    .filter((part) => part !== '')
    .join(' · ');
}

/**
 * The names of the namespaces of one source, by id. Each is the label; if several namespaces have the same label, their
 * environment, title or id is added.
 */
export function distinctNames(namespaces: readonly KvNamespace[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [label, alike] of Map.groupBy(namespaces, namespaceLabel)) {
    const remarks = REMARKS.find((of) => new Set(alike.map(of)).size === alike.length);
    for (const namespace of alike) {
      const remark = alike.length > 1 && remarks ? remarks(namespace) : '';
      names.set(namespace.id, remark === '' ? label : l10n.t('{0} ({1})', label, remark));
    }
  }
  return names;
}

/** What can distinguish namespaces with the same name, best first. */
const REMARKS: readonly ((namespace: KvNamespace) => string)[] = [
  namespaceRemarks,
  ({ title }) => title,
  ({ id }) => id,
];

/** "local, shop" or "Acme Inc": how a sentence says where a namespace is. */
export const sideLabel = (source: KvSource): string =>
  source.kind === 'local' ? l10n.t('local, {0}', source.label) : source.label;

/** The most characters of a name that a sentence shows. */
const LONGEST_NAME = 80;
/** A longer name keeps this many characters of its end, because names of one kind often differ there. */
const END_OF_NAME = 24;

/**
 * A key, prefix or title for use in a sentence: invisible characters are made visible, and the middle of a long name is
 * left out.
 */
export function shortText(text: string): string {
  const characters = [...visibleText(text)];
  if (characters.length <= LONGEST_NAME) return characters.join('');
  const begin = characters.slice(0, LONGEST_NAME - END_OF_NAME - 1).join('');
  return `${begin}…${characters.slice(-END_OF_NAME).join('')}`;
}

/**
 * "local, shop" or "“blog-production-cache”, Acme Inc": what distinguishes it from a namespace of the same name
 * elsewhere.
 */
export function placeLabel({ source, namespace }: { source: KvSource; namespace: KvNamespace }): string {
  const label = namespaceLabel(namespace);
  const isOfDefault = namespace.bindings.some(({ environment }) => environment === undefined);
  const environments = isOfDefault ? '' : environmentsOf(namespace);
  const isTitled = source.kind === 'remote' && ![label, namespace.id].includes(namespace.title);
  const title = isTitled ? l10n.t('“{0}”', shortText(namespace.title)) : '';
  return [title, sideLabel(source), environments].filter((part) => part !== '').join(', ');
}

/**
 * "SESSIONS (local, shop)", or with an environment other than the default one "SESSIONS (Acme Inc, staging)". An
 * account's namespace that goes by its binding also shows its title: "CACHE (“blog-production-cache”, Acme Inc)".
 */
export const fullName = (described: { source: KvSource; namespace: KvNamespace }): string =>
  `${shortText(namespaceLabel(described.namespace))} (${placeLabel(described)})`;

/** "Local · shop" or "Acme Inc · remote": for a root of the tree or a heading of a picker. */
export const sourceLabel = (source: KvSource): string =>
  source.kind === 'local' ? l10n.t('Local · {0}', source.label) : l10n.t('{0} · remote', source.label);

export const sourceIcon = (source: KvSource): string => (source.kind === 'local' ? 'device-desktop' : 'cloud');

export const keyCount = (count: number): string =>
  count === 1 ? l10n.t('1 key') : l10n.t('{0} keys', countText(count));

export const operationCount = (count: number): string =>
  count === 1 ? l10n.t('1 operation') : l10n.t('{0} operations', countText(count));

/** The first three keys, and how many more there are. Pass `count` if not all keys are known by name. */
export function someKeys(keys: readonly string[], count = keys.length): string {
  const named = keys.slice(0, 3);
  const first = named.map(shortText).join(', ');
  const more = count - named.length;
  return more > 0 ? l10n.t('{0} and {1} more', first, countText(more)) : first;
}

/** A size in bytes for people to read: "512 bytes", "1.5 KB", "24 MB", "9.8 GB". */
export function byteSize(bytes: number): string {
  if (bytes === 1) return l10n.t('1 byte');
  if (bytes < 1024) return l10n.t('{0} bytes', countText(bytes));
  const isLess = (power: number): boolean => Math.round(bytes / 1024 ** power) < 1024;
  const [power, unit] = isLess(1) ? [1, 'KB'] : isLess(2) ? [2, 'MB'] : [3, 'GB'];
  const value = bytes / 1024 ** power;
  return `${value < 10 ? tenthsText(value) : countText(value)} ${unit}`;
}
