import * as vscode from 'vscode';
import { type Account, accountIdOf, accountOf, sourceIdOf } from '../../auth/account.ts';
import { KvError } from '../../core/base/errors.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import { type UsageDays, usageDays } from '../../core/usage/readings.ts';
import type { Usage } from '../../core/usage/usage.ts';
import type { Services } from '../../services.ts';
import { pickAccount } from '../../ui/pickAccounts.ts';
import { logError } from '../../ui/reportError.ts';
import { only } from '../invocation/command.ts';
import { fields, namespacesField, oneOf, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { isKeyPress, rowOf } from '../invocation/resolve.ts';
import { ownTarget } from '../invocation/targets.ts';

interface ShowUsage {
  /** The id of the account. */
  readonly account: string;
  /** Ids; the whole account if absent. */
  readonly namespaces?: readonly string[] | undefined;
  readonly days: UsageDays;
}

const DEFAULT_DAYS: UsageDays = 7;

/** The account or namespace of the row, the only account, or one that the user picks. */
const looking = ownTarget<ShowUsage>('source', async (call, services) => {
  const row = rowOf(call);
  const namespace = row?.kind === 'namespace' ? row.ref : undefined;
  const source = row?.kind === 'source' ? row.source.id : namespace?.source;
  if (source !== undefined && isAccount(source)) {
    return {
      account: accountOf(source),
      days: DEFAULT_DAYS,
      ...(namespace && { namespaces: [namespace.id] }),
    };
  }
  if (isKeyPress(call)) return undefined;
  const account = await askAccount(services);
  return account && { account: account.id, days: DEFAULT_DAYS };
});

async function askAccount({ accounts }: Services): Promise<Account | undefined> {
  const shown = accounts.accounts.filter(({ isShown }) => isShown);
  if (shown.length === 0) {
    throw new KvError(
      'unauthenticated',
      vscode.l10n.t('Usage is what Cloudflare counts of an account. Sign in to see it.'),
    );
  }
  return await pickAccount(shown, vscode.l10n.t('Show the usage of which account?'));
}

/** Throws `invalidInput` for namespaces that are not in this account. */
function idsOf(namespaces: readonly NamespaceRef[], account: string): readonly string[] {
  const source = sourceIdOf({ id: account });
  const stranger = namespaces.find((namespace) => namespace.source !== source);
  if (!stranger) return namespaces.map(({ id }) => id);
  throw new KvError(
    'invalidInput',
    vscode.l10n.t('The argument “{0}” must be namespaces of the account {1}.', 'namespaces', account),
  );
}

/** Shows Cloudflare's usage numbers for the KV of an account. Resolves to the numbers of the page. */
export const showUsage = defineCommand<ShowUsage, Usage>('showUsage', {
  progress: vscode.l10n.t('Reading the usage'),
  args: fields(
    { account: textField, namespaces: optional(namespacesField), days: optional(oneOf(usageDays)) },
    ({ account: given, namespaces, days }) => {
      const account = accountIdOf(given);
      return { account, namespaces: namespaces && idsOf(namespaces, account), days: days ?? DEFAULT_DAYS };
    },
  ),
  asked: only(looking),
  async run(args, { services, isInteractive, endProgress }) {
    const { openUsage } = await import('../../pages/pages.lazy.ts');
    // The page itself shows progress and errors.
    endProgress();
    const shown = openUsage(args, services);
    if (!isInteractive) return await shown;
    return await shown.catch((error: unknown) => {
      logError(services.log, 'showUsage', error);
      return undefined;
    });
  },
});
