import * as vscode from 'vscode';
import { errorText, isKvError, KvError } from '../../core/base/errors.ts';
import { sideLabel, sourceIcon, sourceLabel } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { KvSource } from '../../core/store/store.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { Services } from '../../services.ts';
import { inputText } from '../../ui/inputText.ts';
import type { Call } from '../invocation/call.ts';
import { about } from '../invocation/command.ts';
import { fields, fileField, flagField, optional, textField, titleField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { isKeyPress, rowOf } from '../invocation/resolve.ts';
import { ownTarget } from '../invocation/targets.ts';
import { tellBindingAdded } from './addBinding.ts';
import { inputBinding, pickBindingPlace } from './bindingPrompts.ts';
import { configFor } from './configFor.ts';

interface CreateNamespace {
  /** Id of the source. */
  readonly source: string;
  readonly title: string;
  readonly binding?: string | undefined;
  readonly environment?: string | undefined;
  readonly preview?: boolean | undefined;
  /**
   * Absolute path of the config that gets the binding. By default the one with the environment, else the first of the
   * project or workspace.
   */
  readonly config?: string | undefined;
}

/** Placeholder for the id of a namespace that is not created yet. */
const ID_TO_COME = '0'.repeat(32);

interface Created extends NamespaceRef {
  readonly title: string;
}

/** The account or project that gets the namespace. */
const owner = ownTarget('source', askSource);

/** Creates a namespace in an account. For local KV adds a binding; its store is created by the first write. */
export const createNamespace = defineCommand<CreateNamespace, Created>('createNamespace', {
  progress: vscode.l10n.t('Creating the namespace'),
  args: fields(
    {
      source: textField,
      title: titleField,
      binding: optional(textField),
      environment: optional(textField),
      preview: optional(flagField),
      config: optional(fileField),
    },
    ({ config, ...given }) => ({ ...given, config: config?.fsPath }),
  ),
  asked: about(owner, async (source, _, call) => {
    const bound = boundRow(call);
    if (bound && source.kind === 'remote') {
      return { source: source.id, title: `${bound.project}-${bound.binding}`, ...bound };
    }
    const place = vscode.l10n.t('Create Namespace in {0}', sideLabel(source));
    if (source.kind === 'local') {
      const binding = await inputBinding('', place);
      return binding === undefined ? undefined : { source: source.id, title: binding, binding };
    }
    const title = await inputText({
      title: place,
      prompt: vscode.l10n.t('Title'),
      validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('Type a title.') : undefined),
    });
    return title === undefined ? undefined : { source: source.id, title: title.trim() };
  }),
  async run({ source: id, title, binding, environment, preview, config: path }, { services, signal }) {
    const source = await services.sources.source(id);
    if (source.kind === 'local') {
      return await createLocal(source, { binding: binding ?? title, environment, preview, path }, services);
    }
    if (!source.create) {
      throw new KvError('unsupported', vscode.l10n.t('{0} cannot make namespaces.', sideLabel(source)));
    }
    checkBound(binding, { environment, config: path });
    const config =
      binding === undefined
        ? undefined
        : await configFor({ path, environment, name: title }, services.projects.configs, services);
    if (binding !== undefined && !config) {
      throw new KvError(
        'notFound',
        vscode.l10n.t('{0} was not created: there is no wrangler config to bind it in.', title),
      );
    }
    const changeFor = (namespace: string) =>
      binding === undefined
        ? undefined
        : ({ binding, field: preview ? 'preview_id' : 'id', id: namespace, environment } as const);
    const planned = changeFor(ID_TO_COME);
    // Checked first, because a namespace that cannot be bound would be left behind in the account.
    if (planned && config) await services.projects.checkBinding(config.path, planned);
    const made = await source.create(preview ? `${title}_preview` : title, signal);
    const change = changeFor(made.id);
    if (change && config) {
      await services.projects.addBinding(config.path, change).catch((error: unknown) => {
        throw new KvError(
          isKvError(error) ? error.kind : 'server',
          vscode.l10n.t('{0} was created, with the ID {1}, but not bound: {2}', made.title, made.id, errorText(error)),
          { cause: error },
        );
      });
    }
    return { source: source.id, id: made.id, title: made.title };
  },
  async tell(created, { binding, config }, services) {
    const source = await services.sources.source(created.source);
    if (source.kind === 'local') return;
    if (binding !== undefined && config !== undefined) {
      await tellBindingAdded(true, { config, binding }, services);
      return;
    }
    const bind = vscode.l10n.t('Add Binding…');
    const answer = await vscode.window.showInformationMessage(
      withoutLinks(vscode.l10n.t('Created {0} ({1}).', created.title, sideLabel(source))),
      bind,
    );
    if (answer !== bind) return;
    const title = vscode.l10n.t('Add a Binding of {0} ({1})', created.title, sideLabel(source));
    const place = await pickBindingPlace(services.projects.configs, title);
    const name = place && (await inputBinding(created.title, title));
    if (!place || name === undefined) return;
    const changed = await services.projects.addBinding(place.config, {
      binding: name,
      field: 'id',
      id: created.id,
      environment: place.environment,
    });
    await tellBindingAdded(changed, { config: place.config, binding: name }, services);
  },
});

/** Throws `invalidInput` for what says where a binding goes, without one. */
function checkBound(binding: string | undefined, places: Readonly<Record<string, string | undefined>>): void {
  const [given] = Object.entries(places).find(([, place]) => place !== undefined) ?? [];
  if (binding !== undefined || given === undefined) return;
  throw new KvError(
    'invalidInput',
    vscode.l10n.t('“{0}” says where a binding goes: give “{1}” too, or leave it out.', given, 'binding'),
  );
}

interface LocalBinding extends Pick<CreateNamespace, 'environment' | 'preview'> {
  readonly binding: string;
  readonly path: string | undefined;
}

/** Local KV has no list of namespaces: each binding of a config is one, named after the binding while it has no id. */
async function createLocal(
  source: KvSource,
  { binding, environment, preview, path }: LocalBinding,
  services: Services,
): Promise<Created> {
  if (preview) {
    throw new KvError(
      'invalidInput',
      vscode.l10n.t('“preview” is for a namespace of an account: {0} is local.', sideLabel(source)),
    );
  }
  const own = services.projects.configs.filter((one) => source.configs?.includes(one.path));
  const config = await configFor({ path, environment, name: binding }, own, services);
  if (!config && path !== undefined) {
    throw new KvError(
      'invalidInput',
      vscode.l10n.t(
        '{0} was not created: {1} is no wrangler config of {2}.',
        binding,
        vscode.workspace.asRelativePath(path),
        sideLabel(source),
      ),
    );
  }
  if (!config) {
    throw new KvError(
      'unsupported',
      vscode.l10n.t('{0} has no wrangler config to add a binding to.', sideLabel(source)),
    );
  }
  if (!(await services.projects.addBinding(config.path, { binding, environment }))) {
    throw new KvError(
      'conflict',
      vscode.l10n.t(
        '{0} is bound in {1} already. Choose another name.',
        binding,
        vscode.workspace.asRelativePath(config.path),
      ),
    );
  }
  return { source: source.id, id: binding, title: binding };
}

/** The binding of a local row for which an account should get a namespace. */
function boundRow(call: Call) {
  const row = rowOf(call);
  if (row?.kind !== 'namespace') return undefined;
  const { bindings } = row.namespace;
  const binding = bindings.find(({ field }) => field === 'name') ?? bindings[0];
  return binding && row.namespace.sourceKind === 'local'
    ? {
        binding: binding.name,
        environment: binding.environment,
        config: binding.config,
        project: row.parent.source.projectName ?? row.parent.source.label,
      }
    : undefined;
}

async function askSource(call: Call, services: Services): Promise<KvSource | undefined> {
  const row = rowOf(call);
  if (row?.kind === 'source') return row.source;
  const forBinding = boundRow(call) !== undefined;
  if (isKeyPress(call) && !forBinding) return undefined;
  await services.sources.ready();
  const choice = services.sources.sources.filter(({ kind }) => !forBinding || kind === 'remote');
  if (choice.length === 0) {
    throw new KvError('unauthenticated', vscode.l10n.t('Sign in first: there is no account to create a namespace in.'));
  }
  const items = choice.map((source) => ({
    label: sourceLabel(source),
    iconPath: new vscode.ThemeIcon(sourceIcon(source)),
    source,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Create a namespace where?') });
  return picked?.source;
}
