import * as l10n from '@vscode/l10n';
import type { Span } from './configText.ts';
import type { ConfigOutline, OutlineEntry, OutlineField, OutlineTable } from './outline.ts';

/** Each has a page, `media/diagnostics/<check>.md`. */
export const CONFIG_CHECKS = ['duplicate-binding', 'missing-binding', 'preview-id', 'unknown-id'] as const;
export type ConfigCheck = (typeof CONFIG_CHECKS)[number];

/** Something about the bindings of a config that the user may want to know. */
export interface ConfigFinding {
  readonly check: ConfigCheck;
  readonly span: Span;
  readonly message: string;
  /** The other place concerned, with a message about it. */
  readonly related?: { readonly span: Span; readonly message: string };
  /** The entry concerned. */
  readonly entry?: OutlineEntry;
  /** What can be copied from the top level. */
  readonly missing?: { readonly environment: string; readonly bindings: readonly string[] };
}

/**
 * The findings for a config; none while its text is broken. `isKnown` tells whether a signed-in account has a
 * namespace, if that is certain at the moment.
 */
export function checkOutline(
  { problem, tables }: ConfigOutline,
  isKnown?: ((id: string) => boolean) | undefined,
): readonly ConfigFinding[] {
  if (problem) return [];
  const [top, ...environments] = tables;
  return [
    ...tables.flatMap(duplicates),
    ...(top ? environments.flatMap((table) => missingIn(table, top)) : []),
    ...tables.flatMap(({ entries }) =>
      entries.flatMap((entry) => [...previewId(entry), ...unknownIds(entry, isKnown)]),
    ),
  ];
}

function duplicates({ entries }: OutlineTable): readonly ConfigFinding[] {
  const first = new Map<string, OutlineField>();
  return entries.flatMap((entry): ConfigFinding[] => {
    const { binding } = entry;
    if (binding === undefined || binding.text === '') return [];
    const before = first.get(binding.text);
    if (before === undefined) {
      first.set(binding.text, binding);
      return [];
    }
    return [
      {
        check: 'duplicate-binding',
        span: binding.span,
        entry,
        message: l10n.t('The binding “{0}” is in this list already. wrangler refuses this config.', binding.text),
        related: { span: before.span, message: l10n.t('The first one of this name') },
      },
    ];
  });
}

function missingIn({ environment, name, entries, isOdd }: OutlineTable, top: OutlineTable): readonly ConfigFinding[] {
  if (environment === undefined || name === undefined || isOdd || top.isOdd) return [];
  const own = new Set(entries.map(({ binding }) => binding?.text));
  const names = top.entries.flatMap(({ binding }) => (binding && binding.text !== '' ? binding.text : []));
  const bindings = [...new Set(names)].filter((one) => !own.has(one));
  if (bindings.length === 0) return [];
  return [
    {
      check: 'missing-binding',
      span: name,
      missing: { environment, bindings },
      message: l10n.t(
        'The environment “{0}” lacks KV bindings of the top level: {1}. Environments do not inherit them.',
        environment,
        bindings.join(', '),
      ),
    },
  ];
}

function previewId(entry: OutlineEntry): readonly ConfigFinding[] {
  const { id, previewId: preview } = entry;
  if (id === undefined || preview === undefined || preview.text === '' || id.text !== preview.text) return [];
  return [
    {
      check: 'preview-id',
      span: preview.span,
      entry,
      message: l10n.t(
        '“preview_id” is the same as “id”: “wrangler dev --remote” then works on the namespace of production.',
      ),
      related: { span: id.span, message: l10n.t('The ID of production') },
    },
  ];
}

function unknownIds(entry: OutlineEntry, isKnown: ((id: string) => boolean) | undefined): readonly ConfigFinding[] {
  if (isKnown === undefined) return [];
  const { id, previewId: preview } = entry;
  const fields = [id, preview?.text === id?.text ? undefined : preview];
  return fields.flatMap((field): ConfigFinding[] =>
    field === undefined || field.text === '' || isKnown(field.text)
      ? []
      : [
          {
            check: 'unknown-id',
            span: field.span,
            entry,
            message: l10n.t('No account that you are signed in to has a namespace with this ID.'),
          },
        ],
  );
}
