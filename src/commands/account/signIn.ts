import * as vscode from 'vscode';
import type { Account } from '../../auth/account.ts';
import type { SignInRequest } from '../../auth/accounts.ts';
import { signInMethods } from '../../auth/signIns.ts';
import { oneOfArg, optionalText } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askAfterFailure, askSignIn, tellSignedIn } from './signingIn.ts';

/** Verifies a credential and shows its accounts; resolves to those. */
export const signIn = defineCommand<SignInRequest, readonly Account[]>('signIn', {
  progress: vscode.l10n.t('Signing in to Cloudflare'),
  parse: (input) => ({
    method: oneOfArg(input, 'method', signInMethods),
    token: optionalText(input, 'token'),
    accountId: optionalText(input, 'accountId')?.trim(),
  }),
  ask: (_call, services) => askSignIn(services),
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
