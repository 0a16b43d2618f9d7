import * as vscode from 'vscode';
import type { Account } from '../../auth/account.ts';
import { signInMethods } from '../../auth/signIns.ts';
import type { SignInRequest } from '../../auth/tokens.ts';
import { about } from '../invocation/command.ts';
import { fields, oneOf, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';
import { askAfterFailure, askSignIn, tellSignedIn } from './signingIn.ts';

/** Verifies a credential and shows its accounts. Resolves to them. */
export const signIn = defineCommand<SignInRequest, readonly Account[]>('signIn', {
  progress: vscode.l10n.t('Signing in to Cloudflare'),
  args: fields(
    {
      method: oneOf(signInMethods),
      token: optional(textField),
      accountId: optional(textField),
      profile: optional(textField),
    },
    ({ accountId, ...request }) => ({ ...request, accountId: accountId?.trim() }),
  ),
  asked: about(nothing, (_, services) => askSignIn(services)),
  async run(first, { services, isInteractive, signal, waitFor }) {
    const { accounts } = services;
    for (let request: SignInRequest | undefined = first; request !== undefined; ) {
      const asked: SignInRequest = request;
      const { choose } = asked;
      try {
        const verified = await accounts.signIn(
          { ...asked, ...(choose && { choose: (found) => waitFor(choose(found)) }) },
          signal,
        );
        if (!verified) return undefined;
        if (isInteractive) tellSignedIn(asked.method, verified);
        return verified.accounts;
      } catch (error) {
        if (!isInteractive) throw error;
        request = await waitFor(askAfterFailure(asked, error, services));
      }
    }
    return undefined;
  },
});
