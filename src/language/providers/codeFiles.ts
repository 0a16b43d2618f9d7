/** What may be the code of a Worker. */
export const FILES = '**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs,astro}';
/** Besides what the user's own settings hide: what tools make. */
export const MADE_BY_TOOLS = '**/{node_modules,.wrangler,dist,build,out,.next,.svelte-kit,.astro,coverage}/**';
export const MOST_FILES = 20_000;
