/*
 * The uploaded modules as text; they never run here. When running from source, they are read and their types stripped;
 * the build replaces this file by their finished text (build.ts).
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, join } from 'node:path';

export interface ModuleText {
  readonly name: string;
  readonly text: string;
}

/** The first is the main module; paths are below `src`. */
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

/** A Worker's modules are all in one folder. */
const withNames = (text: string): string =>
  text.replace(/(from ')\.[^']*\/([^/']+)\.ts'/g, (_, start: string, name: string) => `${start}./${name}.js'`);

/** Comments on types are removed with the types. */
const TYPE_COMMENT = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n(?=(?:export )?(?:interface|type) )/g;

export const moduleTexts: readonly ModuleText[] = FILES.map((path) => ({
  name: nameOf(path),
  text: withNames(stripTypeScriptTypes(sourceOf(path))),
}));
