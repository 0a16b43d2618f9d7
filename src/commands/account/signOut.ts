import * as vscode from 'vscode';
import { type Account, accountIdOf, sourceIdOf } from '../../auth/account.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { unsavedOf } from '../../fs/closeDocuments.ts';
import type { Services } from '../../services.ts';
import { confirm as askToConfirm } from '../../ui/confirm.ts';
import { pickAccounts } from '../../ui/pickAccounts.ts';
import { only } from '../invocation/command.ts';
import { fields, flagField, optional, textsField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { isKeyPress, rowOf } from '../invocation/resolve.ts';
import { ownTarget } from '../invocation/targets.ts';

interface SignOut {
  /** Ids; all accounts if absent. */
  readonly accounts?: readonly string[] | undefined;
  readonly confirm?: boolean | undefined;
}

/** The account of the clicked row, the only account, or those that the user picks. */
const leaving = ownTarget<SignOut>('source', async (call, { accounts: { known: accounts } }) => {
  const row = rowOf(call);
  if (row?.kind === 'source') {
    return { accounts: accounts.filter((account) => row.source.id === sourceIdOf(account)).map(({ id }) => id) };
  }
  if (isKeyPress(call)) return undefined;
  if (accounts.length === 0) {
    void vscode.window.showInformationMessage(withoutLinks(vscode.l10n.t('You are not signed in to any account.')));
    return undefined;
  }
  if (accounts.length === 1) return {};
  const picked = await pickAccounts(accounts, vscode.l10n.t('Sign out of which accounts?'));
  return picked && picked.length > 0 ? { accounts: picked.map(({ id }) => id) } : undefined;
});

/**
 * Forgets credentials and everything kept about their accounts, and closes what is open of them. Resolves to those
 * accounts.
 */
export const signOut = defineCommand<SignOut, readonly Account[]>('signOut', {
  progress: vscode.l10n.t('Signing out'),
  args: fields(
    { accounts: optional(textsField), confirm: optional(flagField) },
    ({ accounts, confirm: confirmed }) => ({
      accounts: accounts?.map(accountIdOf),
      confirm: confirmed,
    }),
  ),
  asked: only(leaving),
  async run({ accounts: ids, confirm }, { services, waitFor }) {
    const { accounts } = services;
    const going = accounts.leaving(ids);
    if (confirm !== true && going.length > 0) {
      const question = await questionOf(going, services);
      if (!(await waitFor(askToConfirm(question)))) return undefined;
    }
    return accounts.signOut(ids);
  },
  tell(accounts) {
    const names = accounts.map((account) => account.name).join(', ');
    if (names !== '')
      void vscode.window.showInformationMessage(withoutLinks(vscode.l10n.t('Signed out of {0}.', names)));
  },
});

async function questionOf(going: readonly Account[], { keys, journals }: Services) {
  const sources = going.map(sourceIdOf);
  const unsaved = unsavedOf(sources, keys).length;
  const undos = (await journals.list().catch(() => [])).filter(({ source }) => sources.includes(source)).length;
  return {
    question: vscode.l10n.t('Sign out of {0}?', going.map((account) => account.name).join(', ')),
    detail: [
      vscode.l10n.t(
        'The credential, pins and read-only switches are forgotten and open values are closed. Nothing in the account changes.',
      ),
      ...(undos === 1 ? [vscode.l10n.t('What is kept for Undo goes with it: 1 change can no longer be undone.')] : []),
      ...(undos > 1
        ? [vscode.l10n.t('What is kept for Undo goes with it: {0} changes can no longer be undone.', undos)]
        : []),
      ...(unsaved === 1 ? [vscode.l10n.t('Unsaved changes of 1 document are lost.')] : []),
      ...(unsaved > 1 ? [vscode.l10n.t('Unsaved changes of {0} documents are lost.', unsaved)] : []),
    ].join(' '),
    button: vscode.l10n.t('Sign Out'),
  };
}
