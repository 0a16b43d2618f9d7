import type { Matcher } from './matcher.ts';
import { compile, type Pattern } from './pattern.ts';
import { SearchThread } from './searchThread.ts';
import { TextMatcher } from './textMatcher.ts';

/** Throws `invalidInput` if the regular expression is invalid. */
export const matcherOf = (pattern: Pattern): Matcher =>
  'text' in pattern ? new TextMatcher(pattern.text) : new SearchThread(compile(pattern.regex));
