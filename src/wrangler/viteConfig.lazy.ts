/** What understands a Vite config, in a bundle of its own: most workspaces have none that matters. */
export { readViteProject } from './vite/readViteProject.ts';
