import * as vscode from 'vscode';
import { type Account, accountIdOf } from '../../auth/account.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { pickAccounts } from '../../ui/pickAccounts.ts';
import { about } from '../invocation/command.ts';
import { fields, textsField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';

/** Shows these signed-in accounts and hides the others. Resolves to those shown. */
export const selectAccounts = defineCommand<readonly string[], readonly Account[]>('selectAccounts', {
  args: fields({ accounts: textsField }, ({ accounts }) => accounts.map(accountIdOf)),
  asked: about(nothing, async (_, { accounts: { accounts } }) => {
    if (accounts.length === 0) {
      void vscode.window.showInformationMessage(withoutLinks(vscode.l10n.t('You are not signed in to any account.')));
      return undefined;
    }
    const picked = await pickAccounts(accounts, vscode.l10n.t('Show which accounts?'), (account) => account.isShown);
    return picked?.map(({ id }) => id);
  }),
  run: async (ids, { services }) => services.accounts.select(ids),
});
