import * as l10n from '@vscode/l10n';
import { byteSize } from '../../core/store/names.ts';
import { countText } from '../../core/text/countText.ts';
import type { JobState } from '../../inside/job.ts';
import { rowHead } from '../rowHead.ts';
import type { Picture } from '../shared/model.ts';
import { doneLabel } from './jobTexts.ts';

/** The id of a job as part of a file name. */
const fileId = ({ id }: JobState): string => id.replace(/[^\w-]/g, '-');

/** What happened to the keys. Rows that do not apply to the kind of job are left out. */
export function numbersTable(state: JobState): Picture {
  const { counts, parts, request, latencies } = state;
  const copies = request?.job === 'copy';
  const rows: readonly (readonly [label: string, value: number | string, isShown: boolean])[] = [
    [counts.allListed ? l10n.t('Keys found') : l10n.t('Keys found so far'), counts.listed, true],
    [doneLabel(request?.job), counts.done, request?.comparesOnly !== true],
    [l10n.t('Left out, because they expire within a minute'), counts.expiring, copies || counts.expiring > 0],
    [l10n.t('Deleted or expired meanwhile'), counts.gone, true],
    [
      request?.comparesOnly ? l10n.t('Keys compared') : l10n.t('In the target already'),
      counts.present,
      request?.mode === 'missing' || counts.present > 0,
    ],
    [l10n.t('Deleted from the target'), counts.removed, request?.mode === 'equal' || counts.removed > 0],
    [l10n.t('Lines that match'), counts.matches, request?.job === 'search'],
    [l10n.t('Failed'), counts.failed, true],
    [l10n.t('Size of the values'), byteSize(counts.bytes ?? 0), (counts.bytes ?? 0) > 0],
    [l10n.t('Parts done'), l10n.t('{0} of {1}', countText(parts.done), countText(parts.total)), true],
    [l10n.t('Parts failed'), parts.failed, parts.failed > 0],
    [l10n.t('A read takes'), milliseconds(latencies?.read), latencies !== undefined],
    [l10n.t('A write takes'), milliseconds(latencies?.write), latencies !== undefined && latencies.write > 0],
    [l10n.t('A list takes'), milliseconds(latencies?.list), latencies !== undefined],
  ];
  return {
    id: `numbers-${fileId(state)}`,
    title: l10n.t('What became of the keys'),
    table: {
      columns: [{ label: l10n.t('What') }, { label: l10n.t('Number'), format: 'count' }],
      rows: rows.filter(([, , isShown]) => isShown).map(([label, value]) => [label, value]),
    },
  };
}

const milliseconds = (value = 0): string => `${countText(value)} ms`;

/** The first keys that failed, and why. */
export function failuresTable(state: JobState): Picture {
  const { failures, counts } = state;
  return {
    id: `failures-${fileId(state)}`,
    title:
      counts.failed > failures.length
        ? l10n.t('Keys that failed: the first {0} of {1}', failures.length, countText(counts.failed))
        : l10n.t('Keys that failed'),
    ...(failures.length === 0 && { empty: l10n.t('The report names them.') }),
    table: {
      columns: [{ label: l10n.t('Key') }, { label: l10n.t('Why') }],
      rows: failures.map(({ key, message }) => [key, message]),
      heads: failures.map(({ key }) => rowHead(key)),
    },
  };
}
