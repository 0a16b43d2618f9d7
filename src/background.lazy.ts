/* What starts once the extension is active, in a bundle of its own: `activate` does not wait for any of it. */
export { findWranglers } from './auth/findWrangler.ts';
export { WranglerLogin } from './auth/wranglerLogin.ts';
export { DevServers } from './local/explorer/devServers.ts';
export { LocalSources } from './local/localSources.ts';
export { Projects } from './projects/projects.ts';
export { startInBackground } from './startInBackground.ts';
