import { type Matcher, TextMatcher } from './matcher.ts';
import { compile, type Pattern } from './pattern.ts';
import { RegexThread } from './regexThread.ts';

/** Throws `invalidInput` for a regular expression that is none. */
export const matcherOf = (pattern: Pattern): Matcher =>
  'text' in pattern ? new TextMatcher(pattern.text) : new RegexThread(compile(pattern.regex));
