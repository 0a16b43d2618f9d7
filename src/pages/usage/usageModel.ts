import * as vscode from 'vscode';
import { isKvError } from '../../core/base/errors.ts';
import { pricing } from '../../core/cost/pricing.ts';
import { locale } from '../../core/text/locale.ts';
import { type UsageDays, usageDays } from '../../core/usage/readings.ts';
import type { Usage } from '../../core/usage/usage.ts';
import { pageTexts } from '../pageTexts.ts';
import type { Note, PageModel, Picture, Section } from '../shared/model.ts';
import { costPicture, freePicture } from './planPictures.ts';
import { busiestPicture, latencyPicture, latencyTable, operationsPicture, storagePicture } from './usagePictures.ts';
import { dayText } from './usageTexts.ts';

/** What a usage page is about, as it is stored for a reload. */
export interface UsageMemory {
  readonly account: string;
  readonly namespaces?: readonly string[] | undefined;
  readonly days: UsageDays;
}

export interface UsageView {
  /** "Usage of Acme Inc". */
  readonly title: string;
  readonly memory: UsageMemory;
  /** What was read; `undefined` before. */
  readonly usage?: Usage | undefined;
  /** Why nothing could be read. */
  readonly error?: unknown;
  readonly isReading: boolean;
  readonly nameOf: (namespace: string) => string;
}

/** Ids of the choice of days and of the buttons in notes. */
export const DAYS = 'days';
export const AGAIN = 'again';
export const SIGN_IN = 'signIn';
export const SHOW_LOG = 'showLog';

/** The whole page in its current state. */
export function usageModel(view: UsageView): PageModel {
  const { title, memory, usage, error, isReading } = view;
  return {
    title,
    memory,
    language: locale(),
    texts: pageTexts(),
    ...(isReading && { busy: vscode.l10n.t('Asking Cloudflare for the numbers…') }),
    choices: [
      {
        id: DAYS,
        label: vscode.l10n.t('Time shown'),
        options: usageDays.map((days) => ({
          id: String(days),
          label: days === 1 ? vscode.l10n.t('Today') : vscode.l10n.t('{0} Days', days),
        })),
        chosen: String(memory.days),
      },
    ],
    notes: [...(error === undefined ? [] : [errorNote(error)]), ...(usage ? [estimateNote(usage)] : [])],
    sections: usage ? sectionsOf(usage, view) : [],
  };
}

function errorNote(error: unknown): Note {
  const again = { id: AGAIN, label: vscode.l10n.t('Try Again') };
  const isKnown = isKvError(error);
  const signIn = isKvError(error, 'unauthenticated')
    ? vscode.l10n.t('Sign In…')
    : vscode.l10n.t('Sign In with Another Token…');
  const needsSignIn = isKvError(error, 'forbidden') || isKvError(error, 'unauthenticated');
  return {
    kind: 'error',
    text: isKnown ? error.message : vscode.l10n.t('The usage could not be shown. The log has more.'),
    actions: [
      ...(needsSignIn ? [{ id: SIGN_IN, label: signIn }] : []),
      again,
      { id: SHOW_LOG, label: vscode.l10n.t('Show Log') },
    ],
  };
}

const estimateNote = ({ at }: Usage): Note => ({
  kind: 'info',
  text: vscode.l10n.t(
    'All numbers are Cloudflare’s estimates: sampled, some minutes late, of days in UTC, and kept for 31 days. Asked for at {0}; they are kept for five minutes.',
    new Date(at).toLocaleTimeString(locale(), { timeStyle: 'short' }),
  ),
  actions: [{ id: AGAIN, label: vscode.l10n.t('Refresh') }],
});

function sectionsOf(usage: Usage, { nameOf, memory }: UsageView): Section[] {
  const notesOf = (...parts: readonly string[]): Note[] => {
    const reasons = new Set(usage.gaps.flatMap(({ part, reason }) => (parts.includes(part) ? [reason] : [])));
    return [...reasons].map((text) => ({
      kind: 'warning',
      text,
      actions: [{ id: AGAIN, label: vscode.l10n.t('Try Again') }],
    }));
  };
  const section = (
    heading: string,
    {
      parts,
      pictures,
      notes = [],
    }: { parts: readonly string[]; pictures: readonly Picture[]; notes?: readonly Note[] },
  ): Section => ({ heading, notes: [...notesOf(...parts), ...notes], pictures });
  return [
    section(vscode.l10n.t('Operations'), {
      parts: ['operations'],
      pictures: usage.operations ? [operationsPicture(usage)] : [],
    }),
    section(vscode.l10n.t('Latency'), {
      parts: ['latency'],
      pictures: [
        ...(usage.latencyByDay ? [latencyPicture(usage, 'p50'), latencyPicture(usage, 'p99')] : []),
        ...(usage.latency ? [latencyTable(usage)] : []),
      ],
    }),
    section(vscode.l10n.t('Keys and storage'), {
      parts: ['storage'],
      pictures: usage.storage ? [storagePicture(usage, 'keys'), storagePicture(usage, 'bytes')] : [],
      notes: carriedNotes(usage),
    }),
    // A single namespace cannot be compared with others.
    ...(memory.namespaces?.length === 1
      ? []
      : [
          section(vscode.l10n.t('Busiest namespaces'), {
            parts: ['namespaces'],
            pictures: usage.busiest ? [busiestPicture(usage, nameOf)] : [],
          }),
        ]),
    section(vscode.l10n.t('Plan and cost'), {
      parts: ['plan'],
      pictures: usage.freeToday ? [freePicture(usage), costPicture(usage)] : [],
      notes: [planNote()],
    }),
  ];
}

/** Notes which days lack numbers of some namespaces. */
function carriedNotes({ storage = [] }: Usage): readonly Note[] {
  const days = storage.filter(({ isCarried }) => isCarried === true).map(({ day }) => dayText(day));
  const [last = '', before = ''] = days.toReversed();
  switch (days.length) {
    case 0:
      return [];
    case 1:
      return [
        info(vscode.l10n.t('Some namespaces have no numbers of {0}: their last ones before stand in for them.', last)),
      ];
    case 2:
      return [
        info(
          vscode.l10n.t(
            'Some namespaces have no numbers of {0} and {1}: their last ones before stand in for them.',
            before,
            last,
          ),
        ),
      ];
    default:
      return [
        info(
          vscode.l10n.t(
            'Some namespaces have no numbers of {0} and of {1} days before: their last ones stand in for them.',
            last,
            days.length - 1,
          ),
        ),
      ];
  }
}

const info = (text: string): Note => ({ kind: 'info', text });

const planNote = (): Note => ({
  kind: 'info',
  text: vscode.l10n.t(
    'Limits and prices are of {0}, for KV alone and without the paid plan’s base fee. The free plan’s day ends at 00:00 UTC. At this pace: as if the rest of the month were like its days so far.',
    pricing.asOf,
  ),
});
