import * as l10n from '@vscode/l10n';
import { type ErrorWay, isKvError } from '../base/errors.ts';
import { commandLink } from './commandLink.ts';

/** Shows a local state folder in the view, by changing the setting. Only called through {@link wayOutOf}. */
export const useFolderCommand = '_cloudflareKv.useStateFolder';

/** Opens the page that explains an error. Only called through {@link wayOutOf}. */
export const explainCommand = '_cloudflareKv.explainError';

/** A command that fixes or explains an error, offered as a button or a link. */
export type WayOut = ErrorWay;

/** The way out of an error, the same wherever the error is shown; `undefined` if there is none for a single click. */
export function wayOutOf(error: unknown): WayOut | undefined {
  if (!isKvError(error)) return undefined;
  const { stateFolder, kind, page, way } = error;
  if (way !== undefined) return way;
  if (stateFolder !== undefined) {
    return { title: l10n.t('Use That Folder'), command: useFolderCommand, argument: stateFolder };
  }
  if (kind === 'unauthenticated') return signInWay();
  return page === undefined ? undefined : { title: l10n.t('Learn More'), command: explainCommand, argument: page };
}

export const signInWay = (): WayOut => ({ title: l10n.t('Sign In…'), command: 'cloudflareKv.signIn' });

/**
 * Like {@link wayOutOf}, but as a link, for messages without buttons of this extension, such as that of a failed save.
 * Empty if there is none.
 */
export function wayOutLink(error: unknown): string {
  const way = wayOutOf(error);
  return way ? ` ${commandLink(way.title, way.command, way.argument)}` : '';
}
