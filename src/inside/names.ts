import { randomBytes } from 'node:crypto';

/** The mark of all our Workers, used in their names and as a tag. Both together let any window find them again. */
export const MARK = 'cloudflare-kv-job';

const NAME = new RegExp(`^${MARK}-[0-9a-f]{12}$`);

/** A new, unused name. */
export const newScript = (): string => `${MARK}-${randomBytes(6).toString('hex')}`;

export const isScript = (name: string): boolean => NAME.test(name);

/** The workflows of a job: its coordinator and its parts. */
export const walkOf = (script: string): string => `${script}-walk`;
export const partsOf = (script: string): string => `${script}-part`;

/** The job that a workflow belongs to, by its name. */
export function scriptOf(workflow: string): string | undefined {
  const script = workflow.replace(/-(?:walk|part)$/, '');
  return script !== workflow && isScript(script) ? script : undefined;
}

/** The single instance of the coordinator. */
export const WALK_ID = 'job';
export const partId = (number: number): string => `part-${number}`;
