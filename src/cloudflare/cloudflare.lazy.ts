/*
 * The client of Cloudflare's API, in a bundle of its own that is loaded with the first account.
 */
export { CloudflareApi } from './cloudflareApi.ts';
