import type { Mark, PageModel, RowHead } from './model.ts';

/** A message to the page. */
export interface ToPage {
  readonly type: 'show';
  readonly model: PageModel;
}

/** A message from the page. The page decides nothing: its ids are looked up among those that it was given. */
export type FromPage =
  /** The page is ready for what to show. */
  | { readonly type: 'ready' }
  /**
   * Something on the page was painted, then all of it, pictures included. Each is sent once. `at` is in Unix
   * milliseconds.
   */
  | { readonly type: 'painted'; readonly what: 'something' | 'all'; readonly at: number }
  | { readonly type: 'choose'; readonly choice: string; readonly option: string }
  | { readonly type: 'act'; readonly action: string }
  | { readonly type: 'copyPicture'; readonly text: string }
  | { readonly type: 'save'; readonly picture: string; readonly form: 'svg' | 'csv'; readonly text: string };

/** Longer than any picture or table of ours, in characters. */
const LONGEST_TEXT = 20_000_000;
const LONGEST_ID = 2000;

const isId = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_ID;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_TEXT;

/** The message; `undefined` for anything else. */
export function readFromPage(value: unknown): FromPage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, what, at, choice, option, action, picture, form, text } = value as Readonly<Record<string, unknown>>;
  switch (type) {
    case 'ready':
      return { type };
    case 'painted':
      return (what === 'something' || what === 'all') && typeof at === 'number' ? { type, what, at } : undefined;
    case 'choose':
      return isId(choice) && isId(option) ? { type, choice, option } : undefined;
    case 'act':
      return isId(action) ? { type, action } : undefined;
    case 'copyPicture':
      return isText(text) && text.startsWith('<svg') ? { type, text } : undefined;
    case 'save':
      return isId(picture) && (form === 'svg' || form === 'csv') && isText(text)
        ? { type, picture, form, text }
        : undefined;
    default:
      return undefined;
  }
}

/** Whether the page may ask for this: it must have been offered. */
export function isOffered(message: FromPage, model: PageModel): boolean {
  switch (message.type) {
    case 'ready':
    case 'painted':
    case 'copyPicture':
      return true;
    case 'choose':
      return [...model.choices, ...model.sections.flatMap((section) => section.choices ?? [])].some(
        ({ id, options }) => id === message.choice && options.some((option) => option.id === message.option),
      );
    case 'act':
      return actionsOf(model).has(message.action);
    case 'save':
      return model.sections.some(({ pictures }) => pictures.some(({ id }) => id === message.picture));
  }
}

function actionsOf({ notes, sections }: PageModel): ReadonlySet<string> {
  const buttons = [...notes, ...sections.flatMap((section) => section.notes ?? [])].flatMap(
    (note) => note.actions ?? [],
  );
  const shown = sections
    .flatMap(({ pictures }) => pictures)
    .flatMap(({ chart, table }): readonly (Mark | RowHead)[] => [...(chart?.marks ?? []), ...(table.heads ?? [])]);
  return new Set([...buttons.map(({ id }) => id), ...shown.flatMap(({ action }) => action ?? [])]);
}
