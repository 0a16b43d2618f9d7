/* Everything of jobs inside Cloudflare, with the text of the Worker, in a bundle of its own: loaded with the first job. */
export { InsideJobs } from './insideJobs.ts';
