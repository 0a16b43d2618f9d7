import * as vscode from 'vscode';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { inputText } from '../../ui/inputText.ts';

/** Where to add a binding. */
export interface BindingPlace {
  /** Absolute path of the config. */
  readonly config: string;
  /** Absent for the top level. */
  readonly environment?: string;
}

/** What prompts need to know about a wrangler config. */
interface Config {
  readonly path: string;
  readonly name?: string;
  readonly bindings: readonly { readonly environment?: string }[];
  readonly isGenerated?: true;
  readonly shadowedBy?: string;
}

/**
 * Whether a binding added to it lasts and takes effect: the user writes it (it is not generated), and wrangler reads
 * it.
 */
export const isWritten = ({ isGenerated, shadowedBy }: Pick<Config, 'isGenerated' | 'shadowedBy'>): boolean =>
  !isGenerated && shadowedBy === undefined;

interface PlaceItem extends vscode.QuickPickItem {
  readonly place: BindingPlace;
}

/** Asks for a config and an environment in it. `undefined` when dismissed, or if there is no config. */
export async function pickBindingPlace(configs: readonly Config[], title: string): Promise<BindingPlace | undefined> {
  const items = configs.filter(isWritten).flatMap((config): PlaceItem[] => {
    const environments = [...new Set(config.bindings.map(({ environment }) => environment))].filter(
      (environment) => environment !== undefined,
    );
    const label = vscode.workspace.asRelativePath(config.path);
    return [
      { label, description: config.name ?? '', place: { config: config.path } },
      ...environments.map((environment) => ({
        label,
        description: `env.${environment}`,
        place: { config: config.path, environment },
      })),
    ];
  });
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      withoutLinks(vscode.l10n.t('There is no wrangler config in this workspace.')),
    );
    return undefined;
  }
  const [only, ...others] = items;
  if (only && others.length === 0) return only.place;
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t('Add it to which config?'),
  });
  return picked?.place;
}

/** Asks for the name of the binding in the Worker. */
export const inputBinding = (suggestion: string, title: string): Thenable<string | undefined> =>
  inputText({
    title,
    prompt: vscode.l10n.t('The name of the binding in your Worker: env.NAME'),
    value: suggestion
      .toUpperCase()
      .replace(/[^A-Z0-9_$]+/g, '_')
      .replace(/^(?=\d)/, '_'),
    validateInput: (name) =>
      /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name)
        ? undefined
        : vscode.l10n.t('A binding is a JavaScript name: letters, digits, _ and $, no digit first.'),
  });
