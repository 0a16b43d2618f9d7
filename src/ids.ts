/* Every id that package.json and the code share. A unit test compares the two. */

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

/** Tools for language models. Their names are global, so they start with the name of the product. */
export const toolNames = [
  'cloudflare_kv_list_namespaces',
  'cloudflare_kv_list_keys',
  'cloudflare_kv_get_value',
  'cloudflare_kv_put_value',
  'cloudflare_kv_delete_key',
] as const;

export type ToolName = (typeof toolNames)[number];

/** Pages shown in editors. */
export const pageNames = ['usage', 'space', 'jobs'] as const;
export type PageName = (typeof pageNames)[number];
/** The type by which VS Code recognises a page after the window reloads. */
export const pageType = (name: PageName): string => `cloudflareKv.${name}`;

export const viewId = 'cloudflareKv.tree';
/** The view of what happens to the keys of a local project. Hidden until the user asks for it. */
export const activityViewId = 'cloudflareKv.activity';
export const viewContainerId = 'cloudflareKv';
export const walkthroughId = 'start';

export const valueScheme = 'cloudflare-kv';
export const entryScheme = 'cloudflare-kv-entry';
/** Many keys as one document. */
export const keysScheme = 'cloudflare-kv-keys';
/** The language of plain-text values. Its default settings keep the user's editor settings from changing a value. */
export const valueLanguage = 'kv-value';
/** Documents that show what an operation would do, or what was found. */
export const reportScheme = 'cloudflare-kv-report';
export const planLanguage = 'kv-plan';
export const resultsLanguage = 'kv-results';
/** The source name of our diagnostics. */
export const diagnosticSource = 'Cloudflare KV';

/* Internal commands, each called only by what its comment names. They are not in the palette. */

/** What Enter does in the view on a Mac, where it renames as in the Finder. Called by its keybinding. */
export const enterCommand = '_cloudflareKv.enter';
/** Opens a value with its whole key as the label. Called by links in reports and in code. */
export const openLinkCommand = '_cloudflareKv.openLink';
/** Shows what can be done with a namespace in a wrangler config. Called by its lenses and links. */
export const bindingCommand = '_cloudflareKv.binding';
/** Opens the diff of a change in the activity view. Called by its row. */
export const openActivityCommand = '_cloudflareKv.openActivity';
/** Shows what can be done with the active value. Called by its status bar item. */
export const valueActionsCommand = '_cloudflareKv.valueActions';
/** Makes a namespace writable again. Called by the button of the error that said it is protected. */
export const allowWritingCommand = '_cloudflareKv.allowWriting';
/** Creates a key that code names, and opens it. Called by a code action. */
export const createKeyCommand = '_cloudflareKv.createKeyFromCode';

/** The workspace state that lists the jobs inside Cloudflare started in this workspace, until they end. */
export const ownJobsKey = 'jobsInsideCloudflare';

export const contextKeys = {
  /** The first search for wrangler configs has finished. */
  discovered: 'cloudflareKv:discovered',
  /** There are signed-in accounts, shown or hidden. */
  signedIn: 'cloudflareKv:signedIn',
  /** The active editor shows a value that exists in KV. */
  valueActive: 'cloudflareKv:valueActive',
  /** The activity view of a project is shown. */
  activity: 'cloudflareKv:activity',
  /** The activity view is paused. */
  activityPaused: 'cloudflareKv:activityPaused',
} as const;

export type ContextKeyId = (typeof contextKeys)[keyof typeof contextKeys];

/**
 * The first argument of a command called by a button of one of our messages. The second is a text that the button
 * passes along, such as an id.
 */
export const CALLED_BY_MESSAGE = 'message';

/**
 * The first argument of a command called by a click that already says what to do. The second is the argument object;
 * the command reports its outcome.
 */
export const CALLED_BY_CLICK = 'click';
