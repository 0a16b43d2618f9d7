import { basename, extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';
import {
  applyPlan,
  type BindingChange,
  type BindingPlan,
  brokenConfig,
  checkChange,
  planBinding,
  planCopy,
} from './bindingPlan.ts';
import type { ConfigText } from './configText.ts';
import { jsoncEdits } from './jsoncEdits.ts';
import { readJsonc } from './jsoncText.ts';
import { pairText, tomlEdits, tomlEntry } from './tomlEdits.ts';
import { readToml } from './tomlText.ts';

/**
 * Adds a KV binding to the text of a wrangler config, or the id to an existing one; returns the same text if everything
 * is there. Comments, layout and line breaks stay, because text is only inserted. `path` decides between TOML and JSON.
 * Rejects with kind `invalidInput` for a broken text or a change that cannot be written, with `conflict` if the binding
 * has another id, and with `unsupported`, including the lines to add by hand, if nothing could be inserted safely.
 */
export async function editBindings(path: string, text: string, change: BindingChange): Promise<string> {
  checkChange(change);
  return await editWith(path, text, change.binding, (config, file) => planBinding(config, change, file));
}

/**
 * Copies bindings of the top level into an environment that lacks them; comments, layout and line breaks stay. Rejects
 * as {@link editBindings} does.
 */
export async function copyBindings(
  path: string,
  text: string,
  environment: string,
  bindings: readonly string[],
): Promise<string> {
  let edited = text;
  for (const binding of bindings) {
    edited = await editWith(path, edited, binding, (config, file) => planCopy(config, { environment, binding }, file));
  }
  return edited;
}

async function editWith(
  path: string,
  text: string,
  binding: string,
  planFor: (config: ConfigText, file: string) => BindingPlan | undefined,
): Promise<string> {
  const parsers = await import('./parsers.lazy.ts');
  const file = basename(path);
  const { read, edits, byHand } = extname(path) === '.toml' ? toml : jsonc;
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const before = text.slice(mark.length);

  const config = read(before, parsers);
  if (config.problem) throw brokenConfig(file, config.problem.message, config.problem.line);
  const plan = planFor(config, file);
  if (plan === undefined) return text;

  const changes = edits(before, plan, parsers);
  if (changes !== undefined) {
    const after = parsers.applyEdits(before, changes);
    const { value, problem } = read(after, parsers);
    if (!problem && isDeepStrictEqual(value, applyPlan(config.value, plan))) return mark + after;
  }
  throw new KvError(
    'unsupported',
    plan.index === undefined
      ? l10n.t('{0} is written in a way that cannot be added to safely. Add this by hand:\n{1}', file, byHand(plan))
      : l10n.t(
          '{0} is written in a way that cannot be added to safely. Add this to the binding “{1}” by hand:\n{2}',
          file,
          binding,
          byHand(plan),
        ),
  );
}

const toml = {
  read: readToml,
  edits: tomlEdits,
  byHand: (plan: BindingPlan): string =>
    plan.index === undefined ? tomlEntry(plan) : plan.fields.map(pairText).join('\n'),
};

const jsonc = {
  read: readJsonc,
  edits: jsoncEdits,
  byHand: ({ list, index, fields }: BindingPlan): string => {
    const entry = Object.fromEntries(fields);
    const whole = list.reduceRight<unknown>((inner, step) => ({ [step]: inner }), [entry]);
    // Without the outer braces, because it goes inside those of the file.
    return JSON.stringify(index === undefined ? whole : entry, undefined, 2)
      .split('\n')
      .slice(1, -1)
      .map((line) => line.slice(2))
      .join('\n');
  },
};
