import * as vscode from 'vscode';
import { withoutLinks } from './core/text/withoutLinks.ts';
import {
  checkSettings,
  type SettingName,
  type SettingValues,
  settingNames,
  settingTypes,
  type WrongSetting,
} from './settingTypes.ts';

export type { DiagnosticLevel } from './settingTypes.ts';

/** Safety settings. If one is on in the user or the workspace settings, it is on: a workspace can only tighten them. */
const TIGHTENING: readonly string[] = [settingTypes.remoteReadOnlyInWorkspace.id];

/** The current value of every setting of the extension, with the right type. */
export class Settings implements SettingValues, vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<ReadonlySet<SettingName>>();
  readonly #listener: vscode.Disposable;
  readonly #warned = new Set<SettingName>();
  #values: SettingValues;
  #wrong: readonly WrongSetting[];
  /** Fires with the names of the settings whose values have changed. */
  readonly onDidChange = this.#changed.event;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
    ({ values: this.#values, wrong: this.#wrong } = readSettings());
    this.#listener = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('cloudflareKv')) this.#readAgain();
    });
  }

  get groupKeys() {
    return this.#values.groupKeys;
  }
  get keyDelimiters() {
    return this.#values.keyDelimiters;
  }
  get languages() {
    return this.#values.languages;
  }
  get configs() {
    return this.#values.configs;
  }
  get stateFolders() {
    return this.#values.stateFolders;
  }
  get devServerPorts() {
    return this.#values.devServerPorts;
  }
  get remoteReadOnly() {
    return this.#values.remoteReadOnly;
  }
  get remoteReadOnlyInWorkspace() {
    return this.#values.remoteReadOnlyInWorkspace;
  }
  get remoteAutoSave() {
    return this.#values.remoteAutoSave;
  }
  get apiBaseUrl() {
    return this.#values.apiBaseUrl;
  }
  get confirmWrites() {
    return this.#values.confirmWrites;
  }
  get codeCompletion() {
    return this.#values.codeCompletion;
  }
  get codeHover() {
    return this.#values.codeHover;
  }
  get codeRemote() {
    return this.#values.codeRemote;
  }
  get codeDiagnostics() {
    return this.#values.codeDiagnostics;
  }
  get toolWrites() {
    return this.#values.toolWrites;
  }
  get undoDays() {
    return this.#values.undoDays;
  }
  get undoMegabytes() {
    return this.#values.undoMegabytes;
  }

  /** Sets {@link groupKeys}: in the workspace if it has its own value there, else for the user. */
  async setGroupKeys(value: boolean): Promise<void> {
    const configuration = vscode.workspace.getConfiguration('cloudflareKv');
    const { id } = settingTypes.groupKeys;
    const { Global, Workspace } = vscode.ConfigurationTarget;
    await configuration.update(id, value, configuration.inspect(id)?.workspaceValue === undefined ? Global : Workspace);
  }

  /** Warns about each invalid setting, once for as long as it stays invalid. */
  tellWrong(): void {
    const names = this.#wrong.map(({ name }) => name);
    for (const name of this.#warned) if (!names.includes(name)) this.#warned.delete(name);
    for (const wrong of this.#wrong) {
      if (this.#warned.has(wrong.name)) continue;
      this.#warned.add(wrong.name);
      void this.#tell(wrong);
    }
  }

  async #tell({ setting, message }: WrongSetting): Promise<void> {
    this.#log.warn(message);
    const open = vscode.l10n.t('Open Settings');
    const answer = await vscode.window.showWarningMessage(withoutLinks(message), open);
    if (answer === open) await vscode.commands.executeCommand('workbench.action.openSettings', setting);
  }

  #readAgain(): void {
    const before = this.#values;
    ({ values: this.#values, wrong: this.#wrong } = readSettings());
    this.tellWrong();
    const changed = settingNames.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(this.#values[name]));
    if (changed.length > 0) this.#changed.fire(new Set(changed));
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changed.dispose();
  }
}

function readSettings(): ReturnType<typeof checkSettings> {
  const configuration = vscode.workspace.getConfiguration('cloudflareKv');
  return checkSettings((id) => {
    const value: unknown = configuration.get(id);
    if (!TIGHTENING.includes(id)) return value;
    const { globalValue, workspaceValue } = configuration.inspect(id) ?? {};
    return globalValue === true || workspaceValue === true ? true : value;
  });
}
