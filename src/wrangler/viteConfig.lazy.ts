/** Reads Vite configs. A bundle of its own, because most workspaces have no Vite config that matters here. */
export { readViteProject } from './vite/readViteProject.ts';
