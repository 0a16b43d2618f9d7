/*
 * What a page shows, as plain JSON. The extension creates it, with every text in the user's language. The page draws it
 * and knows nothing else.
 */

export interface PageModel {
  /** The heading of the page. */
  readonly title: string;
  /** VS Code's display language, for formatting numbers. */
  readonly language: string;
  readonly texts: PageTexts;
  /** Shown while the page loads; the previous content stays visible. */
  readonly busy?: string | undefined;
  readonly choices: readonly Choice[];
  readonly notes: readonly Note[];
  readonly sections: readonly Section[];
  /** What identifies the page after the window reloads. The page stores it; it is checked when the page is restored. */
  readonly memory: unknown;
}

/** Fixed texts of every page. */
export interface PageTexts {
  readonly showTable: string;
  readonly copyPicture: string;
  readonly savePicture: string;
  readonly saveTable: string;
  /** How to move through a picture with the keyboard. */
  readonly keys: string;
}

/** A choice of one option. */
export interface Choice {
  readonly id: string;
  readonly label: string;
  /** Whether to show the label, because the options alone do not say what is chosen. */
  readonly isLabelled?: boolean;
  readonly options: readonly { readonly id: string; readonly label: string }[];
  readonly chosen: string;
}

export interface Note {
  readonly kind: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly actions?: readonly Action[];
}

/** A button. The extension knows what `id` does, and ignores ids that it did not send. */
export interface Action {
  readonly id: string;
  readonly label: string;
}

export interface Section {
  readonly heading: string;
  /** For running work. */
  readonly progress?: Progress | undefined;
  readonly notes?: readonly Note[];
  readonly choices?: readonly Choice[];
  readonly pictures: readonly Picture[];
}

export interface Progress {
  /** "4,200 of 12,400 keys · 1,900/s · 4 s left" */
  readonly text: string;
  /** From 0 to 1; absent if the total is not known. */
  readonly part?: number | undefined;
}

/** A table, perhaps with a chart of it. */
export interface Picture {
  /** Unique on the page. Also the name of the file it is saved as. */
  readonly id: string;
  /** Says what it shows. */
  readonly title: string;
  /** Without a chart, only the table is shown. */
  readonly chart?: Chart | undefined;
  readonly table: Table;
  /** Shown instead of everything else if there is nothing to show. */
  readonly empty?: string | undefined;
}

/** How numbers are formatted: plain, or as bytes, milliseconds, US dollars or a percentage. */
export type NumberFormat = 'count' | 'bytes' | 'milliseconds' | 'dollars' | 'percent';

export interface Table {
  readonly columns: readonly { readonly label: string; readonly format?: NumberFormat }[];
  /** `null` if not known. Names are unchanged, for files. */
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** The first cells of the rows, in order, if they are not plain text. */
  readonly heads?: readonly RowHead[];
}

/** The first cell of a row. */
export interface RowHead {
  /** Shown instead of the cell's text. */
  readonly shown: string;
  /** What a click does. */
  readonly action?: string;
}

interface Axes {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly format: NumberFormat;
}

/** A mark in a chart. */
export interface Mark {
  /** The full text of its tooltip. */
  readonly tip: string;
  /** What a click or Enter does. */
  readonly action?: string;
}

export interface DayMark extends Mark {
  /** `YYYY-MM-DD`. */
  readonly x: string;
  /** An index into `series`. */
  readonly series: number;
  /** `null` breaks a line. */
  readonly y: number | null;
}

export interface BarMark extends Mark {
  readonly label: string;
  readonly value: number;
}

interface ByDay extends Axes {
  /** All days in order, including those without a mark. */
  readonly days: readonly string[];
  readonly series: readonly string[];
  readonly marks: readonly DayMark[];
}

export type Chart =
  /** One column per day, with the series stacked. */
  | (ByDay & { readonly kind: 'columns' })
  /** One line per series. */
  | (ByDay & { readonly kind: 'lines' })
  /** One bar per label, in the given order. Labels that are no names of keys or namespaces are `isFixed`: never cut. */
  | (Axes & { readonly kind: 'bars'; readonly isFixed?: true; readonly marks: readonly BarMark[] })
  /** One area per label, sized by its share of the whole. */
  | (Axes & { readonly kind: 'treemap'; readonly marks: readonly BarMark[] });
