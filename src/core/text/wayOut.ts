import * as l10n from '@vscode/l10n';
import { type ErrorWay, isKvError } from '../base/errors.ts';
import { commandLink } from './commandLink.ts';

/** Shows a folder of local KV in the view, by the setting; only what is offered by {@link wayOutOf} calls it. */
export const useFolderCommand = '_cloudflareKv.useStateFolder';

/** Opens the page that explains an error; only what is offered by {@link wayOutOf} calls it. */
export const explainCommand = '_cloudflareKv.explainError';

/** What one click does about an error, as a button or a link. */
export type WayOut = ErrorWay;

/** The way out of an error, wherever it is told; `undefined` when there is none that a click could be. */
export function wayOutOf(error: unknown): WayOut | undefined {
  if (!isKvError(error)) return undefined;
  const { stateFolder, kind, page, way } = error;
  if (way !== undefined) return way;
  if (stateFolder !== undefined) {
    return { title: l10n.t('Use That Folder'), command: useFolderCommand, argument: stateFolder };
  }
  if (kind === 'unauthenticated') return { title: l10n.t('Sign In…'), command: 'cloudflareKv.signIn' };
  return page === undefined ? undefined : { title: l10n.t('Learn More'), command: explainCommand, argument: page };
}

/** The same where a message has no buttons of ours, as that of a save that failed; empty where there is none. */
export function wayOutLink(error: unknown): string {
  const way = wayOutOf(error);
  return way ? ` ${commandLink(way.title, way.command, way.argument)}` : '';
}
