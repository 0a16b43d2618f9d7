import * as l10n from '@vscode/l10n';
import type { KvBinding, KvNamespace } from '../core/store/store.ts';
import type { ConfigBinding, WranglerConfig } from '../wrangler/config.ts';
import type { NamespaceOnDisk } from './stateFolder.ts';

/** The id under which `wrangler dev` keeps the namespace of a binding, and the field it comes from. */
export function devId(binding: ConfigBinding): { id: string; field: KvBinding['field'] } {
  if (binding.previewId !== undefined) return { id: binding.previewId, field: 'preview_id' };
  if (binding.id !== undefined) return { id: binding.id, field: 'id' };
  return { id: binding.name, field: 'name' };
}

/** Every id that a database on disk may have because of this binding. */
export const idsOf = (binding: ConfigBinding): readonly string[] =>
  [binding.previewId, binding.id, binding.name].filter((id) => id !== undefined);

const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];

/**
 * The namespaces of one state folder: first those that dev uses for the bindings, existing or not, then any others on
 * disk. `titles` gives the binding names that other configs of the workspace use for an id.
 */
export function localNamespaces(
  source: string,
  configs: readonly WranglerConfig[],
  onDisk: readonly NamespaceOnDisk[],
  titles: ReadonlyMap<string, string>,
): readonly KvNamespace[] {
  const base = { source, sourceKind: 'local' } as const;
  const bound = new Map<string, KvBinding[]>();
  const unusedIds = new Map<string, string>();
  for (const config of configs) {
    for (const binding of config.bindings) {
      const { id, field } = devId(binding);
      const bindings = bound.get(id) ?? [];
      bound.set(id, bindings);
      bindings.push(toBinding(config, binding, field));
      if (field === 'preview_id' && binding.id !== undefined) unusedIds.set(binding.id, binding.name);
    }
  }
  const named = [...bound].map(([id, bindings]): KvNamespace => {
    const title = unique(bindings.map((binding) => binding.name)).join(', ');
    return { ...base, id, title, bindings, ...noteOf(bindings) };
  });
  const rest = onDisk
    .filter(({ id }) => !bound.has(id))
    .map(({ id, isIdKnown }): KvNamespace => {
      if (!isIdKnown) {
        return { ...base, id, title: id, bindings: [], isIdUnknown: true, note: l10n.t('only on disk, id unknown') };
      }
      const unused = unusedIds.get(id);
      if (unused !== undefined) {
        return { ...base, id, title: unused, bindings: [], note: l10n.t('not used by wrangler dev') };
      }
      return { ...base, id, title: titles.get(id) ?? id, bindings: [], note: l10n.t('only on disk') };
    });
  return [...named, ...rest.sort((a, b) => (a.title < b.title ? -1 : 1))];
}

function toBinding(config: WranglerConfig, binding: ConfigBinding, field: KvBinding['field']): KvBinding {
  return {
    name: binding.name,
    config: config.path,
    field,
    ...(binding.environment !== undefined && { environment: binding.environment }),
    ...(binding.remote === true && { remote: true }),
  };
}

function noteOf(bindings: readonly KvBinding[]): { note?: string } {
  const notes = [
    bindings.every((binding) => binding.field === 'preview_id') ? l10n.t('preview') : undefined,
    bindings.every((binding) => binding.remote) ? l10n.t('remote in dev') : undefined,
  ].filter((note) => note !== undefined);
  return notes.length > 0 ? { note: notes.join(' · ') } : {};
}
