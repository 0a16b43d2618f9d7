const actionKinds = [
  ...(['pause', 'resume', 'cancel', 'restart', 'report', 'compare', 'remove'] as const),
  ...(['again', 'new', 'cleanUp', 'log', 'signIn'] as const),
] as const;
type ActionKind = (typeof actionKinds)[number];

/** A job as buttons identify it: its account and its id. */
export interface JobPlace {
  readonly account: string;
  readonly id: string;
}

/** The id of a button, which contains the job. */
export const actionId = (what: ActionKind, job?: JobPlace): string => `${what}:${job ? placeText(job) : ''}`;

/** Joined by a slash: account ids and names of Workers contain none. */
export const placeText = ({ account, id }: JobPlace): string => `${account}/${id}`;

export function placeOf(text: string): JobPlace {
  const end = text.indexOf('/');
  return { account: text.slice(0, end), id: text.slice(end + 1) };
}

export function actionOf(text: string): { readonly what: ActionKind | undefined; readonly job: JobPlace } {
  const end = text.indexOf(':');
  return { what: actionKinds.find((kind) => kind === text.slice(0, end)), job: placeOf(text.slice(end + 1)) };
}
