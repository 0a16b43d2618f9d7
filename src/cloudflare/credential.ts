/**
 * Gives the token to send now; it is asked before every request, so whoever makes it keeps the token at hand. With
 * `refused` the server has just not accepted that token: another one is wanted, or a KvError of kind `unauthenticated`.
 * A token goes into the `Authorization` header and nowhere else.
 */
export type Credential = (refused?: string) => Promise<string>;
