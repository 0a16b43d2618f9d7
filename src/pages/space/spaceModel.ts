import * as vscode from 'vscode';
import { isKvError } from '../../core/base/errors.ts';
import type { Space } from '../../core/space/space.ts';
import { keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { isolated } from '../../core/text/isolated.ts';
import { locale } from '../../core/text/locale.ts';
import { visibleText } from '../../core/text/visibleText.ts';
import { pageTexts } from '../pageTexts.ts';
import type { Action, Note, PageModel, Section } from '../shared/model.ts';
import { formatNumber } from '../shared/numbers.ts';
import { actionId } from './spaceActions.ts';
import {
  expirationPicture,
  groupPicture,
  largestPicture,
  limitPicture,
  type Measure,
  sizePicture,
} from './spacePictures.ts';

export const measures = ['bytes', 'keys'] as const satisfies readonly Measure[];
/** The choice of what areas show. */
export const MEASURE = 'measure';

/** What the page is about, as it is stored for a reload. */
export interface SpaceMemory {
  readonly namespace: NamespaceRef;
  readonly prefix: string;
  readonly measure: Measure;
}

export interface SpaceView {
  /** "SESSIONS (local, shop)". */
  readonly name: string;
  readonly memory: SpaceMemory;
  readonly space?: Space | undefined;
  readonly error?: unknown;
  readonly isReading: boolean;
  /** The parent group, as in the tree view; empty for all keys. */
  readonly parent: string;
  /** Number of keys read so far. */
  readonly read: number;
}

/** The whole page in its current state. */
export function spaceModel(view: SpaceView): PageModel {
  const { name, memory, space, error, isReading, parent, read } = view;
  return {
    title: vscode.l10n.t('Space of {0}', name),
    memory,
    language: locale(),
    texts: pageTexts(),
    ...(isReading && { busy: vscode.l10n.t('Adding up keys: {0} so far', keyCount(read)) }),
    choices:
      space?.hasSizes && space.keys > 0
        ? [
            {
              id: MEASURE,
              label: vscode.l10n.t('Size of the areas'),
              options: [
                { id: 'bytes', label: vscode.l10n.t('Bytes of Values') },
                { id: 'keys', label: vscode.l10n.t('Number of Keys') },
              ],
              chosen: memory.measure,
            },
          ]
        : [],
    notes: [
      ...(error === undefined ? [] : [errorNote(error)]),
      ...(space ? [sumNote(space), ...placeNote(space, parent)] : []),
      ...(space || error !== undefined || isReading ? [] : [notReadNote()]),
    ],
    sections: space && space.keys > 0 ? sectionsOf(space, memory) : [],
  };
}

const again = (): Action => ({ id: actionId('again'), label: vscode.l10n.t('Refresh') });

const errorNote = (error: unknown): Note => ({
  kind: 'error',
  text: isKvError(error) ? error.message : vscode.l10n.t('The keys could not be added up. The log has more.'),
  actions: [
    { id: actionId('again'), label: vscode.l10n.t('Try Again') },
    { id: actionId('log'), label: vscode.l10n.t('Show Log') },
  ],
});

const notReadNote = (): Note => ({
  kind: 'info',
  text: vscode.l10n.t('Listing an account takes requests, so nothing was listed after the window came back.'),
  actions: [{ id: actionId('again'), label: vscode.l10n.t('List the Keys') }],
});

function sumNote(space: Space): Note {
  // Without keys there are no sizes.
  const text = space.keys === 0 ? vscode.l10n.t('No keys yet') : sumText(space);
  return { kind: 'info', text, actions: [again()] };
}

function sumText({ keys, bytes, metadataBytes, hasSizes, withoutValue }: Space): string {
  const number = (value: number): string => formatNumber(value, 'bytes', locale());
  const sum = hasSizes
    ? vscode.l10n.t('{0}, {1} of values, {2} of metadata.', keyCount(keys), number(bytes), number(metadataBytes))
    : vscode.l10n.t(
        '{0}, {1} of metadata. How large values are is known only when they are read: it is not shown.',
        keyCount(keys),
        number(metadataBytes),
      );
  const missing =
    withoutValue > 0
      ? vscode.l10n.t(
          'The values of {0} are missing, or links or folders: their size is not counted.',
          keyCount(withoutValue),
        )
      : '';
  return [sum, missing].filter((text) => text !== '').join(' ');
}

/** Which group the page shows, with a button for the parent group. */
function placeNote({ prefix, keys }: Space, parent: string): Note[] {
  if (prefix === '') {
    return keys === 0 ? [] : [{ kind: 'info', text: vscode.l10n.t('All keys. Click an area to see what is in it.') }];
  }
  const named = (name: string): string => isolated(visibleText(name));
  return [
    {
      kind: 'info',
      text: vscode.l10n.t('Only keys that begin with “{0}”.', named(prefix)),
      actions: [
        { id: actionId('into', ''), label: vscode.l10n.t('All Keys') },
        ...(parent === ''
          ? []
          : [{ id: actionId('into', parent), label: vscode.l10n.t('Up to “{0}”', named(parent)) }]),
        ...(keys === 0 ? [] : [{ id: actionId('group', prefix), label: vscode.l10n.t('Show in the View') }]),
      ],
    },
  ];
}

function sectionsOf(space: Space, { measure }: SpaceMemory): Section[] {
  const { hasSizes } = space;
  return [
    {
      heading: vscode.l10n.t('Groups of keys'),
      pictures: [groupPicture(space, hasSizes ? measure : 'keys')],
    },
    {
      heading: vscode.l10n.t('Expirations'),
      notes: [
        {
          kind: 'info',
          text: vscode.l10n.t('As lists, to be exported, deleted or given another expiration:'),
          actions: [
            { id: actionId('list', 'never'), label: vscode.l10n.t('Without Expiration') },
            { id: actionId('list', 'today'), label: vscode.l10n.t('Expires in 24 Hours') },
          ],
        },
      ],
      pictures: [expirationPicture(space)],
    },
    {
      heading: vscode.l10n.t('Sizes'),
      pictures: [
        ...(hasSizes ? [sizePicture(space), largestPicture(space, 'values')] : []),
        largestPicture(space, 'metadata'),
        limitPicture(space),
      ],
    },
  ];
}
