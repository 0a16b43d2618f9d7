/** Key-value storage that survives a restart; `vscode.Memento` fits. */
export interface Memento {
  get<T>(key: string): T | undefined;
  /** May overwrite what another window has stored. `undefined` removes the key. */
  update(key: string, value: unknown): PromiseLike<void>;
}
