/*
 * The modules that are uploaded, as text: never run here. From source they are read and lose their types; the build
 * puts their finished text in the place of this file (build.ts).
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, join } from 'node:path';

export interface ModuleText {
  readonly name: string;
  readonly text: string;
}

/** The first is the main one; below `src`. */
const FILES = [
  'job',
  'walk',
  'turn',
  'walkOn',
  'progress',
  'part',
  'readPage',
  'merge',
  'compare',
  'copyKey',
  'values',
  'export',
  'manifest',
  'search',
  'context',
  'lanes',
  'limits',
  'tally',
  'given',
]
  .map((name) => `inside/worker/${name}.ts`)
  .concat('core/keys/utf8Order.ts', 'core/search/hits.ts');

const nameOf = (path: string): string => basename(path).replace(/\.ts$/, '.js');

const sourceOf = (path: string): string =>
  readFileSync(join(import.meta.dirname, '..', path), 'utf8').replace(TYPE_COMMENT, '');

/** Modules lie side by side in a Worker. */
const withNames = (text: string): string =>
  text.replace(/(from ')\.[^']*\/([^/']+)\.ts'/g, (_, start: string, name: string) => `${start}./${name}.js'`);

/** What is said of a type goes with it. */
const TYPE_COMMENT = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n(?=(?:export )?(?:interface|type) )/g;

export const moduleTexts: readonly ModuleText[] = FILES.map((path) => ({
  name: nameOf(path),
  text: withNames(stripTypeScriptTypes(sourceOf(path))),
}));
