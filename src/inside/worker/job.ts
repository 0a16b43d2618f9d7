/*
 * The code that runs in the account for one job. It has no route, no secret and fetches nothing. It is bound to the
 * source, to the target of a copy or the bucket of an export, and to its own parts. It is removed when the job is done.
 */
export { Part } from './part.ts';
export { Walk } from './walk.ts';

/** A module needs a handler, but no route leads to this one. */
export default { fetch: (): Response => new Response(null, { status: 404 }) };
