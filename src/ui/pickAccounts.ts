import * as vscode from 'vscode';
import { labelText } from '../core/text/labelText.ts';

interface NamedAccount {
  readonly id: string;
  readonly name: string;
}

/** Asks for any number of accounts. `undefined` when dismissed. */
export async function pickAccounts<A extends NamedAccount>(
  accounts: readonly A[],
  placeHolder: string,
  isPicked: (account: A) => boolean = () => true,
): Promise<readonly A[] | undefined> {
  const items = accounts.map((account) => ({
    label: labelText(account.name),
    description: account.id,
    picked: isPicked(account),
    account,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder, canPickMany: true, matchOnDescription: true });
  return picked?.map((item) => item.account);
}

/** Asks for one account, unless there is only one. `undefined` when dismissed. */
export async function pickAccount<A extends NamedAccount>(
  accounts: readonly A[],
  placeHolder: string,
): Promise<A | undefined> {
  if (accounts.length === 1) return accounts[0];
  const items = accounts.map((account) => ({ label: labelText(account.name), description: account.id, account }));
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.account;
}
