/* The client of Cloudflare's API, in a bundle of its own: it is loaded with the first account. */
export { CloudflareApi } from './cloudflareApi.ts';
