// A bundle of its own, loaded on first use. It contains only what is named here.
export { APIError } from 'cloudflare/error';
export { BaseAccounts } from 'cloudflare/resources/accounts/accounts';
export { KV } from 'cloudflare/resources/kv';
export { createClient } from 'cloudflare/tree-shakable';
