import * as vscode from 'vscode';
import { type Account, sourceIdOf } from '../auth/account.ts';
import { withoutLinks } from '../core/withoutLinks.ts';
import { unsavedOf } from '../fs/closeDocuments.ts';
import { confirm as askToConfirm } from '../ui/confirm.ts';
import { pickAccounts } from '../ui/pickAccounts.ts';
import { optionalFlag, optionalTexts } from './arguments.ts';
import { defineCommand } from './invoke.ts';

interface SignOut {
  /** Ids; all accounts when absent. */
  readonly accounts?: readonly string[] | undefined;
  readonly confirm?: boolean | undefined;
}

/** Forgets credentials, closes what is open of their accounts, and resolves to those. */
export const signOut = defineCommand<SignOut, readonly Account[]>('signOut', {
  parse: (input) => ({ accounts: optionalTexts(input, 'accounts'), confirm: optionalFlag(input, 'confirm') }),
  async ask({ nodes }, { accounts: { accounts } }) {
    const rows = nodes.flatMap((node) => (node.kind === 'source' ? node.source.id : []));
    if (rows.length > 0) {
      return { accounts: accounts.filter((account) => rows.includes(sourceIdOf(account))).map(({ id }) => id) };
    }
    if (accounts.length === 0) {
      void vscode.window.showInformationMessage(withoutLinks(vscode.l10n.t('You are not signed in to any account.')));
      return undefined;
    }
    if (accounts.length === 1) return {};
    const picked = await pickAccounts(accounts, vscode.l10n.t('Sign out of which accounts?'));
    return picked && picked.length > 0 ? { accounts: picked.map(({ id }) => id) } : undefined;
  },
  async run({ accounts: ids, confirm }, { services: { accounts }, waitFor }) {
    const going = accounts.accounts.filter(({ id }) => ids === undefined || ids.includes(id));
    if (confirm !== true && going.length > 0) {
      const question = waitFor(askToConfirm(questionOf(going)));
      if (!(await question)) return undefined;
    }
    return accounts.signOut(ids);
  },
  tell(accounts) {
    const names = accounts.map((account) => account.name).join(', ');
    if (names !== '')
      void vscode.window.showInformationMessage(withoutLinks(vscode.l10n.t('Signed out of {0}.', names)));
  },
});

function questionOf(going: readonly Account[]) {
  const unsaved = unsavedOf(going.map(sourceIdOf)).length;
  return {
    question: vscode.l10n.t('Sign out of {0}?', going.map((account) => account.name).join(', ')),
    detail: [
      vscode.l10n.t('The credential is forgotten and open values are closed. Nothing in the account changes.'),
      ...(unsaved === 1 ? [vscode.l10n.t('Unsaved changes of 1 document are lost.')] : []),
      ...(unsaved > 1 ? [vscode.l10n.t('Unsaved changes of {0} documents are lost.', unsaved)] : []),
    ].join(' '),
    button: vscode.l10n.t('Sign Out'),
  };
}
