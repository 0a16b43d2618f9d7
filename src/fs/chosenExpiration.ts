/** The expiration chosen for the next save of a document. If `expiration` is `undefined`, the key never expires. */
export interface ChosenExpiration {
  readonly expiration: number | undefined;
}
