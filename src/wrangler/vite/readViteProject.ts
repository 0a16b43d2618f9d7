import { dirname, isAbsolute, resolve } from 'node:path';
import { LONGEST_CODE, nodeId, parseCode } from '../../core/code/syntax.ts';
import { lineFinder } from '../configText.ts';
import { VITE_PLUGIN, type ViteHint, type ViteProject } from '../viteProjects.ts';
import { agreed, type Reading } from './agreed.ts';
import { Evaluator } from './evaluator.ts';
import { exportedBy } from './exported.ts';
import { Names } from './names.ts';
import { PluginOptions, pathOf } from './options.ts';
import { Plugin } from './plugin.ts';
import { Steps } from './steps.ts';
import type { Value } from './values.ts';

/**
 * Reads a Vite config that uses Cloudflare's plugin, as far as that is possible without running it. `undefined` for a
 * file that does not mention the plugin, or that is too long.
 */
export function readViteProject(path: string, text: string): ViteProject | undefined {
  if (!text.includes(VITE_PLUGIN) || text.length > LONGEST_CODE) return undefined;
  const folder = dirname(path);
  const code = parseCode(path, text);
  const steps = new Steps();
  const names = new Names(code, steps);
  const evaluator = new Evaluator(code, names, folder, steps);
  const rootReading = agreed(exportedBy(code).flatMap((node) => rootsOf(evaluator.values(node), evaluator, folder)));
  const isRootKnown = rootReading.oddAt === undefined;
  const root = rootReading.is ?? folder;
  const options = new PluginOptions(evaluator);
  const plugin = new Plugin(code, names);
  const calls = plugin.calls();
  const unfollowed = calls.length === 0 ? plugin.mention() : undefined;
  const own = unfollowed ? [{ at: unfollowed.from, is: undefined }] : calls.map((call) => options.own(call));
  const auxiliary = calls.flatMap((call) => options.auxiliary(call));
  const kept = unfollowed ? { at: unfollowed.from, is: undefined } : options.kept(calls);
  // If the root is unknown, relative paths cannot be resolved.
  const placed = (place: string | undefined): string[] =>
    place && (isRootKnown || isAbsolute(place)) ? [resolve(root, place)] : [];
  const [stateFolder] = placed(typeof kept.is === 'object' && 'path' in kept.is ? kept.is.path : undefined);
  const lineOf = lineFinder(text);
  const hint = (about: ViteHint['about'], at: number): ViteHint => ({ about, line: lineOf(at) });
  const hints = [
    ...(rootReading.oddAt === undefined ? [] : [hint('root', rootReading.oddAt)]),
    ...[...own, ...auxiliary].flatMap(({ at, is }) => (is === undefined ? hint('configPath', at) : [])),
    ...(kept.is === undefined ? [hint('persistState', kept.at)] : []),
    ...(typeof kept.is === 'object' && 'about' in kept.is ? [hint(kept.is.about, kept.at)] : []),
  ];
  return {
    root,
    own: own.flatMap(({ is }) => placed(is)),
    auxiliary: auxiliary.flatMap(({ is }) => placed(is)),
    ...(stateFolder !== undefined && { stateFolder }),
    hints: [...new Map(hints.map((one) => [JSON.stringify(one), one])).values()],
  };
}

/** The roots that the exported values set, as absolute paths. Values that are not configs set none. */
function rootsOf(values: readonly Value[], evaluator: Evaluator, folder: string): readonly Reading<string>[] {
  const roots: Reading<string>[] = [];
  const seen = new Set<number>();
  const rest = values.toReversed();
  for (let value = rest.pop(); value; value = rest.pop()) {
    switch (value.kind) {
      case 'object':
        for (const { at, is } of evaluator.settings.of(value.object, 'root').map(pathOf)) {
          roots.push({ at, is: is === undefined ? undefined : resolve(folder, is) });
        }
        break;
      case 'function': {
        const id = nodeId(value.node);
        if (!seen.has(id)) rest.push(...evaluator.returned(value.node).toReversed());
        seen.add(id);
        break;
      }
      case 'unknown':
        roots.push({ at: value.at, is: undefined });
        break;
    }
  }
  return roots;
}
