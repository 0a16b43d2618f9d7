import * as vscode from 'vscode';
import { errorText, isKvError, KvError } from '../core/errors.ts';
import { keyCount } from '../core/names.ts';
import { type Found, finder, type Pattern } from '../core/search.ts';
import { resultsLanguage } from '../ids.ts';
import type { ReportLine } from '../ui/reports.ts';
import { type Input, textArg } from './arguments.ts';
import type { Run } from './command.ts';

/** A search ends there: more is more than anybody reads. */
const MOST_MATCHES = 10_000;

export interface SearchResult<T> {
  readonly matches: readonly T[];
  /** False when it was cancelled, or ended because it had found too much. */
  readonly complete: boolean;
}

/** Exactly one of `text` and `regex`; throws `invalidInput` for an expression that is none. */
export function patternArg(input: Input): Pattern {
  if ((input.text === undefined) === (input.regex === undefined)) {
    throw new KvError('invalidInput', vscode.l10n.t('Give either “text” or “regex”.'));
  }
  const pattern = input.text === undefined ? { regex: textArg(input, 'regex') } : { text: textArg(input, 'text') };
  finder(pattern);
  return pattern;
}

/** Asks what to look for, `/…/` being a regular expression. `undefined` when dismissed. */
export async function inputPattern(title: string): Promise<Pattern | undefined> {
  const typed = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Text, or a regular expression as /…/'),
    validateInput(text) {
      try {
        finder(patternOf(text));
        return undefined;
      } catch (error) {
        return errorText(error);
      }
    },
  });
  return typed === undefined || typed === '' ? undefined : patternOf(typed);
}

function patternOf(typed: string): Pattern {
  const regex = /^\/(.+)\/$/.exec(typed)?.[1];
  return regex === undefined ? { text: typed } : { regex };
}

const patternText = (pattern: Pattern): string => ('text' in pattern ? `“${pattern.text}”` : `/${pattern.regex}/`);

/** Runs a search and fills its document meanwhile. */
export async function searchInto<T>(
  pattern: Pattern,
  { name: where, sources }: { readonly name: string; readonly sources: readonly string[] },
  steps: AsyncIterable<Found<T>>,
  linesOf: (match: T) => readonly ReportLine[],
  { services, report: tellProgress }: Run,
): Promise<SearchResult<T>> {
  const matches: T[] = [];
  let searched = 0;
  const heading = (state: string): string =>
    vscode.l10n.t(
      '{0} in {1}: {2} found in {3}{4}',
      patternText(pattern).replace(/[\r\n]/g, ' '),
      where,
      matches.length.toLocaleString(),
      keyCount(searched),
      state,
    );
  const running = vscode.l10n.t(', searching…');
  const report = await services.reports.open(vscode.l10n.t('Search'), resultsLanguage, heading(running), sources);
  let complete = false;
  try {
    for await (const found of steps) {
      searched += found.searched;
      const wanted = found.matches.slice(0, MOST_MATCHES - matches.length);
      matches.push(...wanted);
      report.add(...wanted.flatMap(linesOf));
      report.setHeading(heading(running));
      tellProgress(vscode.l10n.t('Searched {0}: {1} found', keyCount(searched), matches.length.toLocaleString()));
      if (wanted.length < found.matches.length) {
        report.setHeading(heading(vscode.l10n.t(', and more: the search ended here')));
        return { matches, complete };
      }
    }
    complete = true;
    report.setHeading(heading(''));
  } catch (error) {
    const cancelled = isKvError(error, 'cancelled');
    report.setHeading(heading(cancelled ? vscode.l10n.t(', cancelled') : vscode.l10n.t(', broken off')));
    if (!cancelled) throw error;
  }
  return { matches, complete };
}
