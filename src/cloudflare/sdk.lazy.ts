// A bundle of its own, loaded on first use: only what is named here is in it.
export { APIError } from 'cloudflare/error';
export { BaseAccounts } from 'cloudflare/resources/accounts/accounts';
export { KV } from 'cloudflare/resources/kv';
export { createClient } from 'cloudflare/tree-shakable';
