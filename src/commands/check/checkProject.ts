import { join } from 'node:path';
import * as vscode from 'vscode';
import { throwIfCancelled } from '../../core/base/cancel.ts';
import { KvError } from '../../core/base/errors.ts';
import { type CheckedNamespace, checkData } from '../../core/check/checkData.ts';
import { type CheckEvidence, type CheckItem, merged } from '../../core/check/item.ts';
import { fullName, keyCount } from '../../core/store/names.ts';
import type { KvNamespace, KvSource } from '../../core/store/store.ts';
import { withoutMark } from '../../core/text/withoutMark.ts';
import type { Services } from '../../services.ts';
import { vscodeRange } from '../../ui/foundProblems.ts';
import { withProgress } from '../../ui/progress.ts';
import type { CheckedConfig } from '../../wrangler/check/checkedConfig.ts';
import { configItems } from '../../wrangler/check/configItems.ts';
import { remotesOf } from '../../wrangler/check/gitRemotes.ts';
import type { WranglerConfig } from '../../wrangler/config.ts';
import { TYPES_FILE } from '../../wrangler/generatedTypes.ts';
import { readOutline } from '../../wrangler/outline.ts';
import { only } from '../invocation/command.ts';
import { fields, fileField, optional } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { ownTarget } from '../invocation/targets.ts';
import { costItems, writeRateItems } from './checkPace.ts';
import { type CheckResult, type Evidence, openCheckReport, problemPages } from './checkReport.ts';

interface CheckProject {
  /** All of the workspace if absent. */
  readonly config?: vscode.Uri | undefined;
}

/** The most listed keys that are checked per namespace of an account. */
const MOST_LISTED = 100_000;

const checking = (): string => vscode.l10n.t('Checking how the project uses KV');

/** The clicked config, the one in the active editor, the only one, or one that the user picks. */
const aConfig = ownTarget<CheckProject>('document', async (call, services) => {
  const { projects } = services;
  await withProgress(checking(), undefined, () => searched(services));
  const usable = usableConfigs(projects.configs);
  const isConfig = (uri: vscode.Uri | undefined): boolean => usable.some(({ path }) => path === uri?.fsPath);
  const clicked = call.from === 'files' ? call.files[0] : undefined;
  if (clicked) return { config: clicked };
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active && isConfig(active)) return { config: active };
  const [first, ...others] = usable;
  if (others.length === 0) return first ? { config: vscode.Uri.file(first.path) } : {};
  const items = usable.map(({ path, name }) => ({
    label: vscode.workspace.asRelativePath(path),
    ...(name !== undefined && { description: name }),
    config: vscode.Uri.file(path),
  }));
  const all = { label: vscode.l10n.t('All of them'), config: undefined };
  const picked = await vscode.window.showQuickPick([...items, all], {
    title: vscode.l10n.t('Check Project for Production'),
    placeHolder: vscode.l10n.t('Check which wrangler config?'),
  });
  return picked && { config: picked.config };
});

/** Checks how a project uses KV before it goes into production: its config, code and local data. */
export const checkProject = defineCommand<CheckProject, readonly CheckResult[]>('checkProject', {
  progress: checking(),
  args: fields({ config: optional(fileField) }),
  asked: only(aConfig),
  async run({ config }, { services, signal, report }) {
    await searched(services);
    const configs = configsOf(config, services);
    const checked: CheckedConfig[] = [];
    for (const one of configs) {
      throwIfCancelled(signal);
      checked.push(await readConfig(one, services));
    }
    const items: CheckItem[] = [...configItems(checked)];
    const paths = configs.map(({ path }) => path);
    const sources = sourcesOf(paths, services);
    const namespaces = [...(await localNamespaces(sources, paths, signal)), ...listedNamespaces(paths, services)];
    items.push(
      ...(await checkData(namespaces, {
        signal,
        report: (keys) => report(vscode.l10n.t('Checking local data: {0} read', keyCount(keys))),
      })),
    );
    report(vscode.l10n.t('Checking Worker code'));
    items.push(...(await services.checkCode(paths, signal)));
    report(vscode.l10n.t('Asking what the account has used'));
    const ids = configs.flatMap(({ bindings }) => bindings.flatMap(({ id }) => id ?? []));
    items.push(...(await costItems(ids, services, signal)), ...writeRateItems(sources, services));
    const results = merged(items);
    services.problems.show(results.flatMap((one) => one.evidence.flatMap(problemOf)));
    return results.map(({ id, state, evidence }) => ({ id, state, evidence: evidence.map(evidenceOf) }));
  },
  async tell(results, { config }, services) {
    const configs = configsOf(config, services);
    const [first] = configs;
    const name =
      configs.length === 1 && first
        ? vscode.workspace.asRelativePath(first.path)
        : vscode.l10n.t('all wrangler configs');
    const sources = sourcesOf(
      configs.map(({ path }) => path),
      services,
    );
    const title = vscode.l10n.t('Check of {0}', name);
    const note = configs.every(({ bindings, problem }) => bindings.length === 0 && problem === undefined)
      ? vscode.l10n.t('There are no KV bindings in {0}: most of this cannot be told, and need not be.', name)
      : undefined;
    await openCheckReport(results, { title, sources: sources.map(({ id }) => id), note }, services);
  },
});

/** While the workspace is still being searched, only some configs are known. */
async function searched({ sources, projects }: Services): Promise<void> {
  await sources.ready();
  await projects.searched();
}

/** Configs written by the user (not generated) that wrangler uses. */
const usableConfigs = (configs: readonly WranglerConfig[]): readonly WranglerConfig[] =>
  configs.filter(({ isGenerated, shadowedBy }) => !isGenerated && shadowedBy === undefined);

function configsOf(config: vscode.Uri | undefined, { projects }: Services): readonly WranglerConfig[] {
  const usable = usableConfigs(projects.configs);
  if (config === undefined) {
    if (usable.length > 0) return usable;
    throw new KvError('invalidInput', vscode.l10n.t('There is no wrangler config in the workspace to check.'));
  }
  const found = usable.filter(({ path }) => path === config.fsPath);
  if (found.length > 0) return found;
  const path = vscode.workspace.asRelativePath(config);
  throw new KvError('invalidInput', vscode.l10n.t('“{0}” is no wrangler config that this workspace uses.', path));
}

async function readConfig({ path, folder }: WranglerConfig, { projects }: Services): Promise<CheckedConfig> {
  const parsers = await import('../../wrangler/parsers.lazy.ts');
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && uri.fsPath === path);
  const text = open?.getText() ?? (await projects.readText(path).then(withoutMark, () => undefined));
  const types = await projects.readText(join(folder, TYPES_FILE)).catch(() => undefined);
  return {
    path,
    text: text ?? '',
    remotes: await remotesOf(folder),
    // A file that is gone cannot be checked.
    outline: text === undefined ? { problem: { message: '' }, tables: [] } : readOutline(path, text, parsers),
    ...(types !== undefined && { types }),
  };
}

/** The local data of these configs. */
const sourcesOf = (paths: readonly string[], { sources }: Services): readonly KvSource[] =>
  sources.sources.filter(({ kind, configs }) => kind === 'local' && configs?.some((path) => paths.includes(path)));

/** The namespaces that a config of `paths` binds. */
async function localNamespaces(
  sources: readonly KvSource[],
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly CheckedNamespace[]> {
  const lists = await Promise.all(
    sources.map(async (source) => {
      const namespaces = await source.namespaces(signal);
      return namespaces
        .filter((namespace) => isBound(namespace, paths))
        .map((namespace) => checkedNamespace(source, namespace, source.store(namespace.id)));
    }),
  );
  return lists.flat();
}

/** The same for accounts, with the keys that the view has listed. */
const listedNamespaces = (paths: readonly string[], { sources, tree }: Services): readonly CheckedNamespace[] =>
  sources.sources.flatMap((source) =>
    (source.kind === 'remote' ? (source.loaded?.namespaces ?? []) : []).flatMap((namespace) => {
      if (!isBound(namespace, paths)) return [];
      const keys = tree.loadedKeys({ source: source.id, id: namespace.id }, '', MOST_LISTED);
      return keys.length === 0 ? [] : [checkedNamespace(source, namespace, keys)];
    }),
  );

const isBound = ({ bindings }: KvNamespace, paths: readonly string[]): boolean =>
  bindings.some(({ config }) => paths.includes(config));

const checkedNamespace = (
  source: KvSource,
  namespace: KvNamespace,
  data: CheckedNamespace['data'],
): CheckedNamespace => ({
  namespace: { source: source.id, id: namespace.id },
  where: fullName({ source, namespace }),
  bindings: [...new Set(namespace.bindings.map(({ name }) => name))],
  data,
});

const evidenceOf = ({ text, place, key }: CheckEvidence): Evidence => ({
  text,
  ...(place && { uri: vscode.Uri.file(place.path), range: vscodeRange(place.range) }),
  ...(key && { namespace: { source: key.source, id: key.id }, key: key.key }),
});

function problemOf({ text, place }: CheckEvidence) {
  if (place?.problem === undefined) return [];
  return [{ ...place, message: text, code: place.problem, page: problemPages[place.problem] }];
}
