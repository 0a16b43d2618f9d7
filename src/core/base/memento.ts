/** What outlives a restart, by key; `vscode.Memento` fits. */
export interface Memento {
  get<T>(key: string): T | undefined;
  /** What another window keeps may be overwritten; with `undefined` the key is removed. */
  update(key: string, value: unknown): PromiseLike<void>;
}
