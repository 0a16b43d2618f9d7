import { join } from 'node:path';
import * as vscode from 'vscode';
import { findWranglers } from '../../auth/findWrangler.ts';
import { type Program, runProgram } from '../../auth/runProgram.ts';
import { KvError } from '../../core/base/errors.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { Services } from '../../services.ts';
import { reportError } from '../../ui/reportError.ts';
import type { WranglerConfig } from '../../wrangler/config.ts';
import { coveredNames, isAbout, TYPES_FILE, typedBindings, typesArguments } from '../../wrangler/generatedTypes.ts';

const TIME_LIMIT_MS = 120_000;

/** Offers to run `wrangler types` when the names of bindings change, once for each change. */
export function offerTypes({ projects, log }: Services): vscode.Disposable {
  const seen = new Map<string, string>();
  const look = (): readonly WranglerConfig[] =>
    projects.configs.filter((config) => {
      // A broken config is looked at once it can be read again.
      if (config.problem || config.shadowedBy !== undefined || config.isGenerated) return false;
      const names = namesOf(config).join();
      const before = seen.get(config.path);
      seen.set(config.path, names);
      return before !== undefined && before !== names;
    });
  look();
  const listening = projects.onDidChangeConfigs(() => {
    for (const config of look()) {
      offer(config, projects).catch((error: unknown) => reportError(log, 'run wrangler types', error));
    }
  });
  projects.offersTypes = true;
  return {
    dispose() {
      projects.offersTypes = false;
      listening.dispose();
    },
  };
}

const namesOf = ({ bindings }: WranglerConfig): readonly string[] =>
  [...new Set(bindings.map(({ name }) => name))].sort();

async function offer(config: WranglerConfig, projects: Services['projects']): Promise<void> {
  const file = join(config.folder, TYPES_FILE);
  const text = await projects.readText(file).catch(() => '');
  const args = typesArguments(text);
  if (args === undefined || !isAbout(config.path, args) || !isBehind(config, args, text)) return;
  if (!vscode.workspace.isTrusted) return;
  const [program] = await findWranglers({ projectFolders: [config.folder], isTrusted: true, path: '' });
  if (program === undefined) return;
  const command = ['wrangler', ...args].join(' ');
  const run = vscode.l10n.t('Run wrangler types');
  const answer = await vscode.window.showInformationMessage(
    withoutLinks(
      vscode.l10n.t(
        'The KV bindings of {0} have other names now. Run “{1}” to update {2}?',
        vscode.workspace.asRelativePath(config.path),
        command,
        TYPES_FILE,
      ),
    ),
    run,
  );
  if (answer !== run || !vscode.workspace.isTrusted) return;
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: withoutLinks(vscode.l10n.t('Running {0}', command)) },
    () => runTypes(program, args, config.folder),
  );
}

/** Whether running it again would change the names: it may have been run already, or may be about other names. */
function isBehind({ bindings }: WranglerConfig, args: readonly string[], text: string): boolean {
  const typed = typedBindings(text);
  // An environment without a binding cannot be told from a removed one, for which wrangler generates nothing.
  const environments = bindings.flatMap(({ environment }) => environment ?? []);
  const names = coveredNames(args, bindings, environments);
  return names !== undefined && (names.size !== typed.size || [...names].some((name) => !typed.has(name)));
}

async function runTypes(program: Program, args: readonly string[], cwd: string): Promise<void> {
  const { code, timedOut, stderr, stdout } = await runProgram(
    { ...program, args: [...program.args, ...args] },
    {
      cwd,
      timeLimit: TIME_LIMIT_MS,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false', NO_COLOR: '1' },
    },
  );
  if (code === 0 && !timedOut) return;
  const said = (stderr.trim() || stdout.trim()).split('\n').find((line) => line.trim() !== '');
  throw new KvError(
    'server',
    timedOut || said === undefined
      ? vscode.l10n.t('wrangler types did not finish. Run it in a terminal to see why.')
      : vscode.l10n.t('wrangler types failed: {0}', said.trim()),
  );
}
