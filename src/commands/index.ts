import * as vscode from 'vscode';
import { type CommandName, commandId } from '../ids.ts';
import type { Services } from '../services.ts';
import { addBinding } from './addBinding.ts';
import type { AnyCommand } from './call/command.ts';
import { clearNamespace } from './clearNamespace.ts';
import { compareKey } from './compareKey.ts';
import { compareNamespaces } from './compareNamespaces.ts';
import { copyAsCurl } from './copyAsCurl.ts';
import { copyAsWrangler } from './copyAsWrangler.ts';
import { copyKeyName } from './copyKeyName.ts';
import { copyKeys } from './copyKeys.ts';
import { copyNamespaceId } from './copyNamespaceId.ts';
import { copyValue } from './copyValue.ts';
import { createNamespace } from './createNamespace.ts';
import { deleteKeys } from './deleteKeys.ts';
import { deleteKeysInFile } from './deleteKeysInFile.ts';
import { deleteNamespace } from './deleteNamespace.ts';
import { duplicateKey } from './duplicateKey.ts';
import { editEntry } from './editEntry.ts';
import { editKeys } from './editKeys.ts';
import { exportKeys } from './exportKeys.ts';
import { filterByPrefix } from './filterByPrefix.ts';
import { forgetUndo } from './forgetUndo.ts';
import { importKeys } from './importKeys.ts';
import { loadAll } from './loadAll.ts';
import { loadMore } from './loadMore.ts';
import { newKey } from './newKey.ts';
import { openKey } from './openKey.ts';
import { openOtherSide } from './openOtherSide.ts';
import { openSettings } from './openSettings.ts';
import { pin, unpin } from './pins.ts';
import { copyToLocal, pull, push } from './pullAndPush.ts';
import { putKey } from './putKey.ts';
import { refresh } from './refresh.ts';
import { renameKey } from './renameKey.ts';
import { renameNamespace } from './renameNamespace.ts';
import { saveKeyAs } from './saveKeyAs.ts';
import { saveWithExpiration } from './saveWithExpiration.ts';
import { searchKeys } from './searchKeys.ts';
import { searchValues } from './searchValues.ts';
import { selectAccounts } from './selectAccounts.ts';
import { setExpiration } from './setExpiration.ts';
import { showLog } from './showLog.ts';
import { signIn } from './signIn.ts';
import { signOut } from './signOut.ts';
import { syncNamespace } from './syncNamespace.ts';
import { toggleGrouping } from './toggleGrouping.ts';
import { toggleReadOnly } from './toggleReadOnly.ts';
import { undo } from './undo.ts';

const table: Record<CommandName, AnyCommand> = {
  openKey,
  searchKeys,
  searchValues,
  newKey,
  putKey,
  saveKeyAs,
  editEntry,
  editKeys,
  setExpiration,
  saveWithExpiration,
  renameKey,
  duplicateKey,
  deleteKeys,
  clearNamespace,
  importKeys,
  exportKeys,
  copyKeys,
  deleteKeysInFile,
  deleteNamespace,
  createNamespace,
  renameNamespace,
  addBinding,
  undo,
  forgetUndo,
  copyKeyName,
  copyValue,
  copyNamespaceId,
  copyAsWrangler,
  copyAsCurl,
  refresh,
  loadMore,
  loadAll,
  filterByPrefix,
  toggleGrouping,
  pin,
  unpin,
  toggleReadOnly,
  compareKey,
  openOtherSide,
  compareNamespaces,
  syncNamespace,
  copyToLocal,
  pull,
  push,
  signIn,
  signOut,
  selectAccounts,
  showLog,
  openSettings,
};

export function registerCommands(services: Services): vscode.Disposable {
  return vscode.Disposable.from(
    ...(Object.entries(table) as [CommandName, AnyCommand][]).map(([name, command]) =>
      vscode.commands.registerCommand(commandId(name), (...args: unknown[]) => command.invoke(args, services)),
    ),
  );
}
