/*
 * What a page shows. The extension makes it, with every text in the user's language; the page draws it and knows
 * nothing else. It is plain JSON.
 */

export interface PageModel {
  /** The heading of the page. */
  readonly title: string;
  /** As VS Code names its language, for numbers. */
  readonly language: string;
  readonly texts: PageTexts;
  /** Said while it works, with what was there before still shown. */
  readonly busy?: string | undefined;
  readonly choices: readonly Choice[];
  readonly notes: readonly Note[];
  readonly sections: readonly Section[];
  /** What finds the page again after a reload of the window: kept by the page, checked when it comes back. */
  readonly memory: unknown;
}

/** What every page says by itself. */
export interface PageTexts {
  readonly showTable: string;
  readonly copyPicture: string;
  readonly savePicture: string;
  readonly saveTable: string;
  /** How a picture is walked through with the keys. */
  readonly keys: string;
}

/** One of several. */
export interface Choice {
  readonly id: string;
  readonly label: string;
  /** Whether the label stands before it: where the options alone do not say what is chosen. */
  readonly isLabelled?: boolean;
  readonly options: readonly { readonly id: string; readonly label: string }[];
  readonly chosen: string;
}

export interface Note {
  readonly kind: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly actions?: readonly Action[];
}

/** A button; the extension knows what `id` does, and does nothing for one that it has not put there. */
export interface Action {
  readonly id: string;
  readonly label: string;
}

export interface Section {
  readonly heading: string;
  /** Of work that goes on. */
  readonly progress?: Progress | undefined;
  readonly notes?: readonly Note[];
  readonly choices?: readonly Choice[];
  readonly pictures: readonly Picture[];
}

export interface Progress {
  /** "4,200 of 12,400 keys · 1,900/s · 4 s left" */
  readonly text: string;
  /** 0 to 1; absent where the whole is not known. */
  readonly part?: number | undefined;
}

/** A table, and where it has one a picture of it. */
export interface Picture {
  /** Unique on the page; names the file that it is saved as. */
  readonly id: string;
  /** States what it shows. */
  readonly title: string;
  /** Only the table is shown without one. */
  readonly chart?: Chart | undefined;
  readonly table: Table;
  /** Said in the place of everything else, where there is nothing to show. */
  readonly empty?: string | undefined;
}

/** How numbers are written: as they are, or as bytes, milliseconds, US dollars or a share. */
export type NumberFormat = 'count' | 'bytes' | 'milliseconds' | 'dollars' | 'percent';

export interface Table {
  readonly columns: readonly { readonly label: string; readonly format?: NumberFormat }[];
  /** `null` where it is not known. Names are as they are, for files. */
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** How the rows are named where they are not just text, in their order. */
  readonly heads?: readonly RowHead[];
}

/** What stands in the first cell of a row. */
export interface RowHead {
  /** In the place of the cell. */
  readonly shown: string;
  /** What is done when it is clicked. */
  readonly action?: string;
}

interface Axes {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly format: NumberFormat;
}

/** A mark of a picture. */
export interface Mark {
  /** What is said of it, whole. */
  readonly tip: string;
  /** What is done when it is clicked or Enter is pressed on it. */
  readonly action?: string;
}

export interface DayMark extends Mark {
  /** `YYYY-MM-DD`. */
  readonly x: string;
  /** An index of `series`. */
  readonly series: number;
  /** `null` breaks a line. */
  readonly y: number | null;
}

export interface BarMark extends Mark {
  readonly label: string;
  readonly value: number;
}

interface ByDay extends Axes {
  /** All of them in their order, those without a mark too. */
  readonly days: readonly string[];
  readonly series: readonly string[];
  readonly marks: readonly DayMark[];
}

export type Chart =
  /** A column a day, one series upon the other. */
  | (ByDay & { readonly kind: 'columns' })
  /** A line for each series. */
  | (ByDay & { readonly kind: 'lines' })
  /** A bar for each label, in the order given. */
  | (Axes & { readonly kind: 'bars'; readonly marks: readonly BarMark[] })
  /** An area for each label, as large as its part of the whole. */
  | (Axes & { readonly kind: 'treemap'; readonly marks: readonly BarMark[] });
