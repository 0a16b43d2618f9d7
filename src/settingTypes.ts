import * as l10n from '@vscode/l10n';
import { DEFAULT_BASE_URL } from './cloudflare/baseUrl.ts';
import { isTable } from './core/base/table.ts';

const diagnosticLevels = ['error', 'warning', 'information', 'hint', 'off'] as const;
export type DiagnosticLevel = (typeof diagnosticLevels)[number];

/** The values of the settings. {@link settingTypes} has their ids and defaults. */
export interface SettingValues {
  /** Whether to group keys that share a prefix. */
  readonly groupKeys: boolean;
  /** Where keys are split into groups. None is empty. */
  readonly keyDelimiters: readonly string[];
  /** Language ids by glob; the globs match keys. */
  readonly languages: Readonly<Record<string, string>>;
  /** `--persist-to` folders, absolute or relative to a workspace folder. */
  readonly stateFolders: readonly string[];
  /** Globs for wrangler configs with other names, relative to each workspace folder. */
  readonly configs: readonly string[];
  /** Ports of dev servers, in addition to those that are always tried. */
  readonly devServerPorts: readonly number[];
  /** Whether namespaces of an account are read-only unless the user has chosen otherwise. */
  readonly remoteReadOnly: boolean;
  /** Whether every namespace of an account is read-only in this window, whatever the user has chosen. */
  readonly remoteReadOnlyInWorkspace: boolean;
  /** Whether completion offers key names in Worker code. */
  readonly codeCompletion: boolean;
  /** Whether hovers explain keys and bindings in Worker code. */
  readonly codeHover: boolean;
  /** Whether help in Worker code may send requests to an account on its own. */
  readonly codeRemote: boolean;
  /** The level of each kind of finding in code and configs, by its code. `off` hides it. */
  readonly codeDiagnostics: Readonly<Record<string, DiagnosticLevel>>;
  /** Whether auto save may write values of an account. */
  readonly remoteAutoSave: boolean;
  /** The base URL of the Cloudflare API, as the user typed it. */
  readonly apiBaseUrl: string;
  /** When commands ask for confirmation before they write to an account. */
  readonly confirmWrites: 'bulk' | 'always' | 'never';
  /** Whether tools for language models may ask to write. */
  readonly toolWrites: boolean;
  /** For how many days an operation can be undone; at least 1. */
  readonly undoDays: number;
  /** How much disk space the journals for undo may take. */
  readonly undoMegabytes: number;
}

export type SettingName = keyof SettingValues;

interface SettingType<T> {
  /** Without the prefix `cloudflareKv.`. */
  readonly id: string;
  /** The same as in package.json. */
  readonly default: T;
  /** Returns the value to use, or `undefined` if it has the wrong type. */
  check(value: unknown): T | undefined;
  /** A sentence for the user that names the setting and says what its value must be. */
  mustBe(setting: string): string;
}

/** A setting whose value is invalid and therefore counts as not set. */
export interface WrongSetting {
  readonly name: SettingName;
  /** The full name, with the prefix `cloudflareKv.`. */
  readonly setting: string;
  /** A sentence for the user. */
  readonly message: string;
}

export const settingTypes: { readonly [Name in SettingName]: SettingType<SettingValues[Name]> } = {
  groupKeys: flag('tree.groupKeys', true),
  keyDelimiters: {
    ...texts('tree.keyDelimiters', [':', '/']),
    check: (value) => listOf(isText, value)?.filter((delimiter) => delimiter !== ''),
  },
  languages: {
    id: 'editor.languages',
    default: {},
    check: (value) => (isRecordOf(isText, value) ? value : undefined),
    mustBe: (setting) =>
      l10n.t('The setting {0} counts as not set: it must be an object with a language id for each glob.', setting),
  },
  stateFolders: texts('local.stateFolders', []),
  configs: texts('local.configs', []),
  devServerPorts: {
    id: 'local.devServerPorts',
    default: [],
    check: (value) => listOf(isPort, value),
    mustBe: (setting) =>
      l10n.t('The setting {0} counts as not set: it must be a list of ports, numbers from 1 to 65535.', setting),
  },
  remoteReadOnly: flag('remote.readOnly', false),
  remoteReadOnlyInWorkspace: flag('remote.readOnlyInWorkspace', false),
  remoteAutoSave: flag('remote.autoSave', false),
  apiBaseUrl: {
    id: 'remote.apiBaseUrl',
    default: DEFAULT_BASE_URL,
    check: (value) => (isText(value) ? value : undefined),
    mustBe: (setting) => l10n.t('The setting {0} counts as not set: it must be a text.', setting),
  },
  confirmWrites: {
    id: 'remote.confirmWrites',
    default: 'bulk',
    check: (value) => (value === 'bulk' || value === 'always' || value === 'never' ? value : undefined),
    mustBe: (setting) => l10n.t('The setting {0} counts as not set: it must be “bulk”, “always” or “never”.', setting),
  },
  codeCompletion: flag('code.completion', true),
  codeHover: flag('code.hover', true),
  codeRemote: flag('code.remote', false),
  codeDiagnostics: {
    id: 'code.diagnostics',
    default: {},
    check: (value) => (isRecordOf(isDiagnosticLevel, value) ? value : undefined),
    mustBe: (setting) =>
      l10n.t(
        'The setting {0} counts as not set: it must be an object with “error”, “warning”, “information”, “hint” or “off” for each code.',
        setting,
      ),
  },
  toolWrites: flag('tools.write', false),
  undoDays: numberFrom('undo.days', 1, 7),
  undoMegabytes: numberFrom('undo.megabytes', 0, 100),
};

export const settingNames = Object.keys(settingTypes) as readonly SettingName[];

/** The full name of a setting, as in `settings.json`. */
const settingKey = (name: SettingName): string => `cloudflareKv.${settingTypes[name].id}`;

/** Reads all settings: `read` returns the value for an id. A missing or invalid value gives the default. */
export function checkSettings(read: (id: string) => unknown): {
  readonly values: SettingValues;
  readonly wrong: readonly WrongSetting[];
} {
  const wrong: WrongSetting[] = [];
  const checked = <Name extends SettingName>(name: Name): SettingValues[Name] => {
    const type: SettingType<SettingValues[Name]> = settingTypes[name];
    const given = read(type.id);
    if (given === undefined) return type.default;
    const value = type.check(given);
    if (value !== undefined) return value;
    const setting = settingKey(name);
    wrong.push({ name, setting, message: type.mustBe(setting) });
    return type.default;
  };
  const values: SettingValues = {
    groupKeys: checked('groupKeys'),
    keyDelimiters: checked('keyDelimiters'),
    languages: checked('languages'),
    stateFolders: checked('stateFolders'),
    configs: checked('configs'),
    devServerPorts: checked('devServerPorts'),
    remoteReadOnly: checked('remoteReadOnly'),
    remoteReadOnlyInWorkspace: checked('remoteReadOnlyInWorkspace'),
    remoteAutoSave: checked('remoteAutoSave'),
    apiBaseUrl: checked('apiBaseUrl'),
    confirmWrites: checked('confirmWrites'),
    codeCompletion: checked('codeCompletion'),
    codeHover: checked('codeHover'),
    codeRemote: checked('codeRemote'),
    codeDiagnostics: checked('codeDiagnostics'),
    toolWrites: checked('toolWrites'),
    undoDays: checked('undoDays'),
    undoMegabytes: checked('undoMegabytes'),
  };
  return { values, wrong };
}

function flag(id: string, byDefault: boolean): SettingType<boolean> {
  return {
    id,
    default: byDefault,
    check: (value) => (typeof value === 'boolean' ? value : undefined),
    mustBe: (setting) => l10n.t('The setting {0} counts as not set: it must be true or false.', setting),
  };
}

function texts(id: string, byDefault: readonly string[]): SettingType<readonly string[]> {
  return {
    id,
    default: byDefault,
    check: (value) => listOf(isText, value),
    mustBe: (setting) => l10n.t('The setting {0} counts as not set: it must be a list of texts.', setting),
  };
}

/** A number below `least` counts as `least`. */
function numberFrom(id: string, least: number, byDefault: number): SettingType<number> {
  return {
    id,
    default: byDefault,
    check: (value) => (typeof value === 'number' && Number.isFinite(value) ? Math.max(least, value) : undefined),
    mustBe: (setting) => l10n.t('The setting {0} counts as not set: it must be a number.', setting),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;

const isDiagnosticLevel = (value: unknown): value is DiagnosticLevel =>
  diagnosticLevels.some((level) => level === value);

const isRecordOf = <T>(isItem: (item: unknown) => item is T, value: unknown): value is Readonly<Record<string, T>> =>
  isTable(value) && Object.values(value).every(isItem);

function listOf<T>(isItem: (item: unknown) => item is T, value: unknown): readonly T[] | undefined {
  return Array.isArray(value) && value.every(isItem) ? value : undefined;
}
