import * as vscode from 'vscode';
import { errorText, isKvError } from '../../core/base/errors.ts';
import { MOST_MATCHES } from '../../core/search/hits.ts';
import type { Matcher } from '../../core/search/matcher.ts';
import { checkPattern, type Pattern } from '../../core/search/pattern.ts';
import type { Found } from '../../core/search/search.ts';
import { keyCount } from '../../core/store/names.ts';
import type { KeyFailure } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import { oneLine } from '../../core/text/oneLine.ts';
import { resultsLanguage } from '../../ids.ts';
import { inputText } from '../../ui/inputText.ts';
import type { ReportLine } from '../../ui/reports.ts';
import type { Run } from '../invocation/command.ts';
import { checkEither, optional, textField } from '../invocation/fields.ts';

/** The most characters of the pattern in the title of the tab. */
const LONGEST_TITLE = 40;

export type Engine = typeof import('../../core/search/searching.lazy.ts');

export interface SearchResult<T> {
  readonly matches: readonly T[];
  /** False if it was cancelled, stopped after too many matches, or skipped keys on which it took too long. */
  readonly complete: boolean;
}

/** Fields for the pattern. {@link patternOf} reads them. */
export const patternFields = { text: optional(textField), regex: optional(textField) };

/** Takes exactly one of `text` and `regex`. Throws `invalidInput` for an invalid expression. */
export function patternOf(given: { readonly text: string | undefined; readonly regex: string | undefined }): Pattern {
  const { text, regex = '' } = given;
  checkEither({ ...given }, 'text', 'regex');
  const pattern = text === undefined ? { regex } : { text };
  checkPattern(pattern);
  return pattern;
}

/** Asks what to search for; `/…/` is a regular expression. `undefined` when dismissed. */
export async function inputPattern(title: string): Promise<Pattern | undefined> {
  const typed = await inputText({
    title,
    prompt: vscode.l10n.t('Text, or a regular expression as /…/'),
    validateInput(text) {
      try {
        checkPattern(typedPattern(text));
        return undefined;
      } catch (error) {
        return errorText(error);
      }
    },
  });
  return typed === undefined || typed === '' ? undefined : typedPattern(typed);
}

function typedPattern(typed: string): Pattern {
  const regex = /^\/(.+)\/$/.exec(typed)?.[1];
  return regex === undefined ? { text: typed } : { regex };
}

const patternText = (pattern: Pattern): string => ('text' in pattern ? `“${pattern.text}”` : `/${pattern.regex}/`);

/** Runs a search and adds the matches to its document as they are found. */
export async function runSearch<T>(
  pattern: Pattern,
  { name: where, sources }: { readonly name: string; readonly sources: readonly string[] },
  search: (engine: Engine, matcher: Matcher) => AsyncIterable<Found<T>>,
  linesOf: (match: T) => readonly ReportLine[],
  { services, report: tellProgress }: Run,
): Promise<SearchResult<T>> {
  const matches: T[] = [];
  let searched = 0;
  let [givenUp, unread] = [0, 0];
  const heading = (state: string): string =>
    [
      vscode.l10n.t(
        '{0} in {1}: {2} found in {3}',
        patternText(pattern).replace(/[\r\n]/g, ' '),
        where,
        countText(matches.length),
        keyCount(searched),
      ),
      ...(state === '' ? [] : [state]),
    ].join(', ');
  const running = vscode.l10n.t('searching…');
  const engine = await import('../../core/search/searching.lazy.ts');
  const matcher = engine.matcherOf(pattern);
  const title = oneLine(patternText(pattern)).slice(0, LONGEST_TITLE).toWellFormed();
  const report = await services.reports.open(
    vscode.l10n.t('Search {0}', title),
    resultsLanguage,
    heading(running),
    sources,
  );
  let complete = false;
  try {
    for await (const found of search(engine, matcher)) {
      searched += found.searched;
      const wanted = found.matches.slice(0, MOST_MATCHES - matches.length);
      matches.push(...wanted);
      report.add([...wanted.flatMap(linesOf), ...found.givenUp.map(tooSlow), ...found.unread.map(notRead)]);
      givenUp += found.givenUp.length;
      unread += found.unread.length;
      report.setHeading(heading(running));
      tellProgress(vscode.l10n.t('Searched {0}: {1} found', keyCount(searched), countText(matches.length)));
      if (wanted.length < found.matches.length) {
        report.setHeading(heading(vscode.l10n.t('there is more: the search ended here')));
        return { matches, complete };
      }
    }
    complete = givenUp + unread === 0;
    const missing =
      givenUp > 0
        ? vscode.l10n.t('not complete: the expression takes too long')
        : vscode.l10n.t('not complete: {0} could not be read', keyCount(unread));
    report.setHeading(heading(complete ? '' : missing));
  } catch (error) {
    const cancelled = isKvError(error, 'cancelled');
    report.setHeading(heading(cancelled ? vscode.l10n.t('cancelled') : vscode.l10n.t('broken off')));
    if (!cancelled) throw error;
  } finally {
    matcher.dispose();
  }
  return { matches, complete };
}

const notRead = ({ error }: KeyFailure): ReportLine => ({ text: oneLine(error.message) });

const tooSlow = (key: string): ReportLine => ({
  text: vscode.l10n.t('Given up: the expression takes too long on “{0}”. Make it simpler.', oneLine(key)),
});
