import * as l10n from '@vscode/l10n';
import type { DevServerStatus } from './store.ts';

/**
 * Explains why nothing can be written while the project's dev server runs, and how to fix that; `undefined` if all is
 * well.
 */
export function elsewhereText({ devServer, folder, isVite }: DevServerStatus): string | undefined {
  if (devServer !== 'elsewhere') return undefined;
  const option = placeOption(isVite);
  return folder === undefined
    ? l10n.t(
        'The dev server of this project keeps its data elsewhere: it does not see this, and nothing can be written here while it runs. Add its folder to the setting cloudflareKv.local.stateFolders, or start it without {0}.',
        option,
      )
    : l10n.t(
        'The dev server of this project keeps its data in {0}: it does not see this, and nothing can be written here while it runs. Write it there (the setting cloudflareKv.local.stateFolders shows that folder), or start the server without {1}.',
        folder,
        option,
      );
}

/** The option, as users write it, that makes a dev server keep its data in another folder. */
export const placeOption = (isVite = false): string => (isVite ? 'persistState' : '--persist-to');
