/*
 * All code for jobs inside Cloudflare, including the text of the Worker, in a separate bundle that is loaded with the
 * first job.
 */
export { InsideJobs } from './insideJobs.ts';
