import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { Services } from '../../services.ts';
import type { WranglerConfig } from '../../wrangler/config.ts';
import { isWritten } from './bindingPrompts.ts';

/** Where to add a binding, as far as the caller said. */
export interface WantedPlace {
  /** Absolute path of the config. */
  readonly path: string | undefined;
  /** Absent for the top level. */
  readonly environment: string | undefined;
  /** The binding, for messages. */
  readonly name: string;
}

/**
 * The config that gets a binding: the named one; else the only one that has the environment; for the top level, the
 * first. Creates no environment: throws `invalidInput` with the existing environments, or with the configs that have
 * it. `undefined` if there is no config at all.
 */
export async function configFor(
  { path, environment, name }: WantedPlace,
  configs: readonly WranglerConfig[],
  { projects }: Services,
): Promise<WranglerConfig | undefined> {
  const candidates = configs.filter((one) => (path === undefined ? isWritten(one) : one.path === path));
  const [first, ...others] = candidates;
  if (environment === undefined || !first) return first;
  const known = await Promise.all(
    candidates.map(async (config) => ({ config, environments: await projects.environmentsOf(config.path) })),
  );
  const having = known.filter(({ environments }) => environments?.includes(environment));
  const [only, ...more] = having;
  if (only && more.length === 0) return only.config;
  // Adding the binding reports what is wrong with this config.
  if (others.length === 0 && known[0]?.environments === undefined) return first;
  throw new KvError(
    'invalidInput',
    only
      ? vscode.l10n.t(
          '{0} was not created: several configs have an environment “{1}”. Name one of them in “config”: {2}.',
          name,
          environment,
          having.map(({ config }) => vscode.workspace.asRelativePath(config.path)).join(', '),
        )
      : notThere(
          { name, environment },
          known.flatMap(({ config, environments = [] }) =>
            environments.map((one) =>
              others.length === 0 ? one : `${one} (${vscode.workspace.asRelativePath(config.path)})`,
            ),
          ),
        ),
  );
}

function notThere(
  { name, environment }: { readonly name: string; readonly environment: string },
  choices: readonly string[],
): string {
  return choices.length === 0
    ? vscode.l10n.t('{0} was not created: no config has an environment “{1}”, or any other.', name, environment)
    : vscode.l10n.t(
        '{0} was not created: no config has an environment “{1}”. There are: {2}.',
        name,
        environment,
        choices.join(', '),
      );
}
