import * as l10n from '@vscode/l10n';
import type { KvBinding, KvNamespace } from '../core/store/store.ts';
import type { ConfigBinding, WranglerConfig } from '../wrangler/config.ts';
import type { RemoteNamespace } from './accountKv.ts';

/** The namespaces of an account sorted by title, each with the bindings of the workspace that refer to it. */
export function remoteNamespaces(
  source: string,
  listed: readonly RemoteNamespace[],
  configs: readonly WranglerConfig[],
): readonly KvNamespace[] {
  const bound = Map.groupBy(configs.flatMap(bindingsOf), ({ id }) => id);
  const inOrder = listed.toSorted((a, b) => (a.title < b.title ? -1 : 1));
  return inOrder.map(({ id, title, jurisdiction }): KvNamespace => {
    const bindings = (bound.get(id) ?? []).map(({ binding }) => binding);
    const isPreview = bindings.length > 0 && bindings.every(({ field }) => field === 'preview_id');
    return {
      source,
      sourceKind: 'remote',
      id,
      title,
      bindings,
      ...(jurisdiction !== undefined && { jurisdiction }),
      ...(isPreview && { note: l10n.t('preview') }),
    };
  });
}

/** A binding belongs to the namespace of its `id` and, if that is a different one, to that of its `preview_id`. */
const bindingsOf = (config: WranglerConfig): { id: string; binding: KvBinding }[] =>
  config.bindings.flatMap((binding) => {
    const { id, previewId } = binding;
    return [
      ...(id === undefined ? [] : [{ id, binding: toBinding(config, binding, 'id') }]),
      ...(previewId === undefined || previewId === id
        ? []
        : [{ id: previewId, binding: toBinding(config, binding, 'preview_id') }]),
    ];
  });

const toBinding = (config: WranglerConfig, binding: ConfigBinding, field: KvBinding['field']): KvBinding => ({
  name: binding.name,
  config: config.path,
  field,
  ...(binding.environment !== undefined && { environment: binding.environment }),
  ...(binding.remote === true && { remote: true }),
});
