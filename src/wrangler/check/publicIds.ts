import * as l10n from '@vscode/l10n';
import { type CheckEvidence, type CheckItem, item } from '../../core/check/item.ts';
import type { Span } from '../configText.ts';
import type { OutlineField } from '../outline.ts';
import { type CheckedConfig, oddText, placeIn } from './checkedConfig.ts';

const REAL_ID = /^[\da-f]{32}$/i;
const LOOKS_REAL = /(?<![\da-z])[\da-f]{32}(?![\da-z])/gi;

/** Whether ids of an account are in a repository that others can read. */
export function publicIds(config: CheckedConfig): CheckItem {
  const { remotes, outline } = config;
  const passed = (text: string): CheckItem => item('public-ids', 'passed', [{ text }]);
  const unknown = (...evidence: CheckEvidence[]): CheckItem => item('public-ids', 'unknown', evidence);
  const at = placeIn(config);
  const real = outline.tables
    .flatMap(({ accountId, entries }) => [accountId, ...entries.flatMap(({ id, previewId }) => [id, previewId])])
    .filter((field): field is OutlineField => field !== undefined && REAL_ID.test(field.text));
  const [first] = real;
  const unclear = first === undefined ? unclearIn(config) : [];
  if (first === undefined && unclear.length === 0) {
    return passed(l10n.t('The config has no ID of an account or of a KV namespace.'));
  }
  if (remotes.kind === 'none') return passed(l10n.t('The project is in no Git repository.'));
  if (remotes.kind === 'unreadable') {
    return unknown({ text: l10n.t('The config of the Git repository cannot be read.') });
  }
  const open = remotes.remotes.find(({ audience }) => audience === 'public');
  const perhaps = remotes.remotes.find(({ audience }) => audience === 'unknown');
  if (first === undefined && (open || perhaps)) return unknown(...unclear);
  if (open) {
    const text = l10n.t('This ID is in a repository that everybody can read: {0}.', open.place);
    const evidence = real.map(({ span }): CheckEvidence => ({ text, place: at(span, 'public-id') }));
    return item('public-ids', 'failed', evidence);
  }
  if (first && perhaps) {
    const text = l10n.t(
      'The config has IDs of an account ({0}). Whether everybody can read {1} cannot be told from here.',
      real.length,
      perhaps.place,
    );
    return unknown({ text, place: at(first.span) });
  }
  if (remotes.hasMore) {
    return unknown({
      text: l10n.t('The Git repository may have other remotes: its config names other files or forms of addresses.'),
    });
  }
  return passed(
    remotes.remotes.length === 0
      ? l10n.t('The Git repository has no remote.')
      : l10n.t('No remote of the Git repository is on the internet.'),
  );
}

/** Other texts that may be IDs, used if no known place has one. */
function unclearIn(config: CheckedConfig): readonly CheckEvidence[] {
  const at = placeIn(config);
  const found = [...config.text.matchAll(LOOKS_REAL)].map(
    ({ index, 0: { length } }): Span => ({ start: index, end: index + length }),
  );
  if (found.length > 0) {
    const text = l10n.t('What looks like an ID stands here; nothing tells what it is of.');
    return found.map((span) => ({ text, place: at(span) }));
  }
  return config.outline.isOdd ? [{ text: oddText() }] : [];
}
