/**
 * Returns the token to send. It is called before every request, so implementations should cache the token. If `refused`
 * is given, the server has just refused that token: return another one, or reject with a KvError of kind
 * `unauthenticated`. A token is only ever put into the `Authorization` header.
 */
export type Credential = (refused?: string) => Promise<string>;
