/*
 * Every id that package.json and the code share. A unit test holds both against each other.
 */

export const commandNames = [
  'openKey',
  'openKeyToSide',
  'revealKey',
  'findInCode',
  'searchKeys',
  'searchValues',
  'newKey',
  'putKey',
  'putFile',
  'saveKeyAs',
  'editEntry',
  'editKeys',
  'setExpiration',
  'saveWithExpiration',
  'renameKey',
  'duplicateKey',
  'deleteKeys',
  'clearNamespace',
  'importKeys',
  'importFile',
  'exportKeys',
  'copyKeys',
  'deleteKeysInFile',
  'deleteNamespace',
  'createNamespace',
  'renameNamespace',
  'addBinding',
  'undo',
  'showChanges',
  'showUsage',
  'showSpace',
  'runInside',
  'showJobs',
  'cleanUpJobs',
  'forgetUndo',
  'copyKeyName',
  'copyValue',
  'copyNamespaceId',
  'copyAsWrangler',
  'copyAsCurl',
  'refresh',
  'loadMore',
  'loadAll',
  'filterByPrefix',
  'clearFilter',
  'toggleGrouping',
  'pin',
  'unpin',
  'toggleReadOnly',
  'compareKey',
  'openOtherSide',
  'compareNamespaces',
  'checkProject',
  'syncNamespace',
  'copyToLocal',
  'pull',
  'push',
  'showActivity',
  'pauseActivity',
  'resumeActivity',
  'filterActivity',
  'clearActivity',
  'saveActivity',
  'closeActivity',
  'signIn',
  'signOut',
  'selectAccounts',
  'showLog',
  'openSettings',
  'openWalkthrough',
] as const;

export type CommandName = (typeof commandNames)[number];
export type CommandId = `cloudflareKv.${CommandName}`;
export const commandId = (name: CommandName): CommandId => `cloudflareKv.${name}`;

/** Tools for language models; their names are global, so they say whose they are. */
export const toolNames = [
  'cloudflare_kv_list_namespaces',
  'cloudflare_kv_list_keys',
  'cloudflare_kv_get_value',
  'cloudflare_kv_put_value',
  'cloudflare_kv_delete_key',
] as const;

export type ToolName = (typeof toolNames)[number];

/** Pages in editors. */
export const pageNames = ['usage', 'space', 'jobs'] as const;
export type PageName = (typeof pageNames)[number];
/** By which VS Code knows a page again after a reload of the window. */
export const pageType = (name: PageName): string => `cloudflareKv.${name}`;

export const viewId = 'cloudflareKv.tree';
/** What happens to the keys of a local project; hidden until it is asked for. */
export const activityViewId = 'cloudflareKv.activity';
export const viewContainerId = 'cloudflareKv';
export const walkthroughId = 'start';

export const valueScheme = 'cloudflare-kv';
export const entryScheme = 'cloudflare-kv-entry';
/** Many keys as one document. */
export const keysScheme = 'cloudflare-kv-keys';
/** The language of plain-text values: its defaults keep an editor's settings from changing a value. */
export const valueLanguage = 'kv-value';
/** Documents that show what would be done, and what was found. */
export const reportScheme = 'cloudflare-kv-report';
export const planLanguage = 'kv-plan';
export const resultsLanguage = 'kv-results';
/** Whose problems are ours. */
export const diagnosticSource = 'Cloudflare KV';

/*
 * Commands that only what is named with them calls: the palette has none of them.
 */

/** What Enter does in the view on a Mac, as in its Finder; called by its key. */
export const enterCommand = '_cloudflareKv.enter';
/** Opens a value under its whole key; called by links in reports and in code. */
export const openLinkCommand = '_cloudflareKv.openLink';
/** What is offered for a namespace in a wrangler config; called by its lenses and links. */
export const bindingCommand = '_cloudflareKv.binding';
/** Opens the difference that a row of the activity made; called by the row. */
export const openActivityCommand = '_cloudflareKv.openActivity';
/** Offers what can be done with the active value; called by its item in the status bar. */
export const valueActionsCommand = '_cloudflareKv.valueActions';
/** Ends the protection of a namespace; called by the button of the error that told of it. */
export const allowWritingCommand = '_cloudflareKv.allowWriting';
/** Makes a key that code names, and opens it; called by a code action. */
export const createKeyCommand = '_cloudflareKv.createKeyFromCode';

/** Where the workspace keeps which jobs inside Cloudflare were started in it, until their end. */
export const ownJobsKey = 'jobsInsideCloudflare';

export const contextKeys = {
  /** The first search for wrangler configs has finished. */
  discovered: 'cloudflareKv:discovered',
  /** There are signed-in accounts, shown or hidden. */
  signedIn: 'cloudflareKv:signedIn',
  /** The active editor shows a value that exists in KV. */
  valueActive: 'cloudflareKv:valueActive',
  /** The view of the activity of a project is there. */
  activity: 'cloudflareKv:activity',
  /** It stands still. */
  activityPaused: 'cloudflareKv:activityPaused',
} as const;

export type ContextKeyId = (typeof contextKeys)[keyof typeof contextKeys];

/** The first argument when a button of a message of ours calls; the second is its text. */
export const CALLED_BY_MESSAGE = 'message';

/**
 * The first argument when somebody clicked where it is known already what the command is to do: the second is its
 * argument object, and what comes of it is told.
 */
export const CALLED_BY_CLICK = 'click';
