/** An expiration chosen for the next save of a document; `undefined` inside means none. */
export interface ChosenExpiration {
  readonly expiration: number | undefined;
}
