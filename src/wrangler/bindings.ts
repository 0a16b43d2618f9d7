import * as l10n from '@vscode/l10n';
import { isTable, type Table } from '../core/base/table.ts';
import type { ConfigBinding, ConfigProblem, WranglerConfig } from './config.ts';
import type { ConfigPath, ConfigText } from './configText.ts';

/** What a config says about KV. A value of the wrong type is left out and reported; everything else is kept. */
export function readBindings(text: ConfigText): Omit<WranglerConfig, 'path' | 'folder'> {
  const problems: ConfigProblem[] = text.problem ? [text.problem] : [];
  const complain = (path: ConfigPath, message: (place: string) => string) => {
    const line = nearestLine(text, path);
    problems.push({ message: message(placeName(path)), ...(line !== undefined && { line }) });
  };
  const root = text.value === undefined ? {} : text.value;
  if (!isTable(root)) complain([], () => l10n.t('The config must be an object: { … }.'));
  const config = isTable(root) ? root : {};

  const bindings = namespacesIn(config, [], undefined);
  complainOfMisplaced(config, []);
  const { name } = config;
  const environmentNames: string[] = [];
  for (const [environment, value] of environments()) {
    const path = ['env', environment];
    if (isTable(value)) {
      bindings.push(...namespacesIn(value, path, environment));
      complainOfMisplaced(value, path);
      if (isName(value.name)) environmentNames.push(value.name);
      else if (isName(name)) environmentNames.push(`${name}-${environment}`);
    } else complain(path, mustBeTable);
  }
  if (name !== undefined && typeof name !== 'string') complain(['name'], mustBeText);
  const devPort = port();
  const problem = summary(problems);
  return {
    bindings,
    ...(typeof name === 'string' && { name }),
    ...(environmentNames.length > 0 && { environmentNames }),
    ...(devPort !== undefined && { devPort }),
    ...(problem && { problem }),
  };

  function environments(): [string, unknown][] {
    const env = config.env;
    if (env === undefined) return [];
    if (isTable(env)) return Object.entries(env);
    complain(['env'], mustBeTable);
    return [];
  }

  function namespacesIn(table: Table, path: ConfigPath, environment: string | undefined): ConfigBinding[] {
    const list = table.kv_namespaces;
    if (list === undefined) return [];
    const listPath = [...path, 'kv_namespaces'];
    if (!Array.isArray(list)) {
      complain(listPath, mustBeList);
      return [];
    }
    return list.flatMap((entry: unknown, index) => binding(entry, [...listPath, index], environment));
  }

  /**
   * In TOML, everything below the header of another table belongs to that table, and wrangler takes it for a variable.
   */
  function complainOfMisplaced(table: Table, path: ConfigPath): void {
    for (const [name, inner] of Object.entries(table)) {
      if (name === 'env' || !isTable(inner) || !Array.isArray(inner.kv_namespaces)) continue;
      complain([...path, name, 'kv_namespaces'], (place) =>
        l10n.t(
          '“{0}” binds nothing: move “kv_namespaces” above [{1}], out of that table.',
          place,
          placeName([...path, name]),
        ),
      );
    }
  }

  function binding(entry: unknown, path: ConfigPath, environment: string | undefined): ConfigBinding[] {
    if (text.damaged(path)) return [];
    if (!isTable(entry)) {
      complain(path, mustBeTable);
      return [];
    }
    const { binding: name, id, preview_id: previewId, remote } = entry;
    if (name === undefined) complain(path, (place) => l10n.t('“{0}” has no “binding”.', place));
    else if (!isName(name)) complain([...path, 'binding'], mustBeText);
    if (id !== undefined && !isName(id)) complain([...path, 'id'], mustBeText);
    if (previewId !== undefined && !isName(previewId)) complain([...path, 'preview_id'], mustBeText);
    if (remote !== undefined && typeof remote !== 'boolean') {
      complain([...path, 'remote'], (place) => l10n.t('“{0}” must be true or false.', place));
    }
    // Without one of its ids, a binding would lead to a different namespace, so it is left out.
    if (!isName(name) || !isNameOrAbsent(id) || !isNameOrAbsent(previewId)) return [];
    const line = nearestLine(text, path);
    return [
      {
        name,
        ...(id !== undefined && { id }),
        ...(previewId !== undefined && { previewId }),
        ...(typeof remote === 'boolean' && { remote }),
        ...(environment !== undefined && { environment }),
        ...(line !== undefined && { line }),
      },
    ];
  }

  function port(): number | undefined {
    const dev = config.dev;
    if (dev === undefined) return undefined;
    if (!isTable(dev)) {
      complain(['dev'], mustBeTable);
      return undefined;
    }
    const value = dev.port;
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
    complain(['dev', 'port'], (place) => l10n.t('“{0}” must be a port number.', place));
    return undefined;
  }
}

/** The message for a place that holds something other than a table. */
export const mustBeTable = (place: string): string => l10n.t('“{0}” must be a table (an object).', place);
/** The message for a place that holds something other than a list. */
export const mustBeList = (place: string): string => l10n.t('“{0}” must be a list.', place);
const mustBeText = (place: string): string => l10n.t('“{0}” must be text that is not empty.', place);

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNameOrAbsent = (value: unknown): value is string | undefined => value === undefined || isName(value);

/** `env.production.kv_namespaces[1].id`, as a person would write it. */
export const placeName = (path: ConfigPath): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');

/** The line of a place, or of the nearest one around it. */
function nearestLine(text: ConfigText, path: ConfigPath): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const line = text.line(path.slice(0, length));
    if (line !== undefined) return line;
  }
  return undefined;
}

/** Shows one problem and the number of the others; when the first is fixed, the next one is shown. */
function summary(problems: readonly ConfigProblem[]): ConfigProblem | undefined {
  const [first, ...more] = problems;
  if (first === undefined || more.length === 0) return first;
  return { ...first, message: l10n.t('{0} ({1} more)', first.message, more.length) };
}
