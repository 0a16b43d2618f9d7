import type { CommandName } from '../ids.ts';
import { selectAccounts } from './account/selectAccounts.ts';
import { signIn } from './account/signIn.ts';
import { signOut } from './account/signOut.ts';
import { clearActivity } from './activity/clearActivity.ts';
import { closeActivity } from './activity/closeActivity.ts';
import { filterActivity } from './activity/filterActivity.ts';
import { pauseActivity, resumeActivity } from './activity/pauseActivity.ts';
import { saveActivity } from './activity/saveActivity.ts';
import { showActivity } from './activity/showActivity.ts';
import { forgetUndo } from './change/forgetUndo.ts';
import { showChanges } from './change/showChanges.ts';
import { undo } from './change/undo.ts';
import { checkProject } from './check/checkProject.ts';
import { cleanUpJobs } from './inside/cleanUpJobs.ts';
import { runInside } from './inside/runInside.ts';
import { showJobs } from './inside/showJobs.ts';
import type { AnyCommand } from './invocation/command.ts';
import { compareKey } from './key/compareKey.ts';
import { copyAsCurl } from './key/copyAsCurl.ts';
import { copyAsWrangler } from './key/copyAsWrangler.ts';
import { copyKeyName } from './key/copyKeyName.ts';
import { copyValue } from './key/copyValue.ts';
import { deleteKeys } from './key/deleteKeys.ts';
import { deleteKeysInFile } from './key/deleteKeysInFile.ts';
import { duplicateKey } from './key/duplicateKey.ts';
import { editEntry } from './key/editEntry.ts';
import { editKeys } from './key/editKeys.ts';
import { newKey } from './key/newKey.ts';
import { openKey } from './key/openKey.ts';
import { openKeyToSide } from './key/openKeyToSide.ts';
import { openOtherSide } from './key/openOtherSide.ts';
import { putKey } from './key/putKey.ts';
import { renameKey } from './key/renameKey.ts';
import { saveKeyAs } from './key/saveKeyAs.ts';
import { saveWithExpiration } from './key/saveWithExpiration.ts';
import { setExpiration } from './key/setExpiration.ts';
import { addBinding } from './namespace/addBinding.ts';
import { clearNamespace } from './namespace/clearNamespace.ts';
import { copyNamespaceId } from './namespace/copyNamespaceId.ts';
import { createNamespace } from './namespace/createNamespace.ts';
import { deleteNamespace } from './namespace/deleteNamespace.ts';
import { pin, unpin } from './namespace/pins.ts';
import { renameNamespace } from './namespace/renameNamespace.ts';
import { toggleReadOnly } from './namespace/toggleReadOnly.ts';
import { searchKeys } from './search/searchKeys.ts';
import { searchValues } from './search/searchValues.ts';
import { compareNamespaces } from './sync/compareNamespaces.ts';
import { copyToLocal, pull, push } from './sync/pullAndPush.ts';
import { syncNamespace } from './sync/syncNamespace.ts';
import { copyKeys } from './transfer/copyKeys.ts';
import { exportKeys } from './transfer/exportKeys.ts';
import { importKeys } from './transfer/importKeys.ts';
import { clearFilter } from './view/clearFilter.ts';
import { filterByPrefix } from './view/filterByPrefix.ts';
import { findInCode } from './view/findInCode.ts';
import { loadAll } from './view/loadAll.ts';
import { loadMore } from './view/loadMore.ts';
import { openSettings } from './view/openSettings.ts';
import { openWalkthrough } from './view/openWalkthrough.ts';
import { refresh } from './view/refresh.ts';
import { revealKey } from './view/revealKey.ts';
import { showLog } from './view/showLog.ts';
import { showSpace } from './view/showSpace.ts';
import { showUsage } from './view/showUsage.ts';
import { toggleGrouping } from './view/toggleGrouping.ts';

/* Questions and messages of documents. They are in this bundle because the commands need them too. */
export { confirmKeysPlan, tellKeysPlan } from '../ui/keysPlan.ts';
export { pickExpiration } from '../ui/pickExpiration.ts';
export { tellInterrupted } from './change/resuming.ts';
/* All commands, in a bundle of its own that the first one loads. */
export { pressEnter } from './key/pressEnter.ts';
export { allowWriting } from './namespace/toggleReadOnly.ts';
export { dropFiles, dropKeys } from './transfer/dropping.ts';

export const commands: Readonly<Record<CommandName, AnyCommand>> = {
  openKey,
  openKeyToSide,
  revealKey,
  findInCode,
  searchKeys,
  searchValues,
  newKey,
  putKey,
  putFile: putKey,
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
  importFile: importKeys,
  exportKeys,
  copyKeys,
  deleteKeysInFile,
  deleteNamespace,
  createNamespace,
  renameNamespace,
  addBinding,
  undo,
  showChanges,
  showUsage,
  showSpace,
  runInside,
  showJobs,
  cleanUpJobs,
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
  clearFilter,
  toggleGrouping,
  pin,
  unpin,
  toggleReadOnly,
  compareKey,
  openOtherSide,
  compareNamespaces,
  checkProject,
  syncNamespace,
  copyToLocal,
  pull,
  push,
  showActivity,
  pauseActivity,
  resumeActivity,
  filterActivity,
  clearActivity,
  saveActivity,
  closeActivity,
  signIn,
  signOut,
  selectAccounts,
  showLog,
  openSettings,
  openWalkthrough,
};
