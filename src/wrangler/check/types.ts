import * as l10n from '@vscode/l10n';
import { type CheckEvidence, type CheckItem, item, unlessFailed } from '../../core/check/item.ts';
import {
  coveredNames,
  coversOneEnvironment,
  isAbout,
  optionalBindings,
  typedBindings,
  typedEnvironments,
  typesArguments,
} from '../generatedTypes.ts';
import { type CheckedConfig, entriesOf, oddText } from './checkedConfig.ts';

/** Whether the generated types know all KV bindings. */
export function types(config: CheckedConfig): CheckItem {
  const { path, types: text, outline } = config;
  const unknown = (reason: string): CheckItem => item('types', 'unknown', [{ text: reason }]);
  if (text === undefined) {
    return unknown(l10n.t('There is no worker-configuration.d.ts beside the config to compare with.'));
  }
  const args = typesArguments(text);
  if (args === undefined) return unknown(l10n.t('worker-configuration.d.ts was not made by “wrangler types”.'));
  if (!isAbout(path, args)) return unknown(l10n.t('worker-configuration.d.ts was made for another config.'));
  if (outline.isOdd) return unknown(oddText());
  const names = coveredNames(
    args,
    entriesOf(config).flatMap(({ binding, environment }) =>
      binding && binding.text !== '' ? { name: binding.text, environment } : [],
    ),
    outline.tables.flatMap(({ environment }) => environment ?? []),
  );
  if (names === undefined) {
    return unknown(l10n.t('worker-configuration.d.ts was made for an environment that the config does not have.'));
  }
  const typed = typedBindings(text);
  const lacking = [...names].filter((name) => !typed.has(name));
  const gone = [...typed].filter((name) => !names.has(name));
  const named = [
    ...lacking.map((name) => l10n.t('worker-configuration.d.ts does not know the binding “{0}”.', name)),
    ...gone.map((name) => l10n.t('worker-configuration.d.ts has “{0}”, which the config does not.', name)),
  ];
  const isOfSeveral = outline.tables.length > 1 && !coversOneEnvironment(args);
  const { against, isClear } =
    named.length > 0 || !isOfSeveral ? { against: named, isClear: true } : ofEnvironments(config, text, typed);
  if (against.length === 0 && !isClear) {
    return unknown(
      l10n.t(
        'worker-configuration.d.ts does not tell the environments apart: an older wrangler made it, or there were none.',
      ),
    );
  }
  return unlessFailed(
    'types',
    against.map((one): CheckEvidence => ({ text: one })),
    {
      state: 'passed',
      text: l10n.t(
        'worker-configuration.d.ts has the KV bindings of the config. Of the rest of it “wrangler types --check” tells.',
      ),
    },
  );
}

/**
 * What to say about environments: each has its own interface, and a binding that only some have is optional in the
 * common one.
 */
function ofEnvironments(
  { outline: { tables } }: CheckedConfig,
  text: string,
  names: ReadonlySet<string>,
): { readonly against: readonly string[]; readonly isClear: boolean } {
  const typed = typedEnvironments(text);
  if (typed.size === 0) return { against: [], isClear: false };
  const own = tables.map(({ environment, entries }) => ({
    environment,
    names: new Set(entries.flatMap(({ binding }) => binding?.text ?? [])),
  }));
  const optional = optionalBindings(text);
  const against = [...names].flatMap((name) => {
    const isEverywhere = own.every((one) => one.names.has(name));
    if (isEverywhere !== optional.has(name)) return [];
    return isEverywhere
      ? l10n.t('worker-configuration.d.ts has “{0}” as optional, and every environment of the config has it.', name)
      : l10n.t(
          'worker-configuration.d.ts has “{0}” as always there, and not every environment of the config has it.',
          name,
        );
  });
  if (typed.size !== own.length - 1) {
    against.push(l10n.t('worker-configuration.d.ts was made when the config had other environments.'));
    return { against, isClear: true };
  }
  let isClear = true;
  for (const { environment, names: wanted } of own) {
    if (environment === undefined) continue;
    const found = typed.get(interfaceOf(environment));
    if (found === undefined) isClear = false;
    else if (found.size !== wanted.size || [...wanted].some((name) => !found.has(name))) {
      against.push(
        l10n.t(
          'worker-configuration.d.ts has other KV bindings for the environment “{0}” than the config.',
          environment,
        ),
      );
    }
  }
  return { against, isClear };
}

/** The name in the form of {@link typedEnvironments}: “test-env” is `TestEnv` already, and “dev” gets the ending. */
function interfaceOf(environment: string): string {
  const name = environment.replace(/[^\da-z]/gi, '').toLowerCase();
  return /(?:^|[-_])env[-_]*$/i.test(environment) ? name : `${name}env`;
}
