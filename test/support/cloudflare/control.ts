import type { CountedOperations, CountedStorage } from './analytics.ts';
import type { Operation } from './api.ts';
import type { Fault } from './faults.ts';
import type { CloudflareServer } from './server.ts';
import type { Token } from './tokens.ts';

/** What another process can tell the server to do; carried out in this order. */
export interface Command {
  readonly reset?: boolean;
  readonly latencyMs?: number;
  readonly checks?: boolean;
  readonly staleMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fault?: Fault;
  /** The account's counted usage. */
  readonly usage?: {
    readonly operations: readonly CountedOperations[];
    readonly storage: readonly CountedStorage[];
  };
  /** What the account allows for jobs, and how they run. */
  readonly inside?: Partial<
    Pick<
      CloudflareServer['inside'],
      'hasSubdomain' | 'isPaid' | 'bucketNames' | 'faults' | 'callMs' | 'lateMs' | 'pace'
    >
  >;
  /** Creates empty namespaces with these titles. */
  readonly create?: readonly string[];
  /** Creates a namespace with this many keys that are not stored anywhere. */
  readonly makeUp?: { readonly title: string; readonly keys: number; readonly metadataBytes?: number };
  /** Issues another token for the account, or changes the one with the same text. */
  readonly token?: Partial<Omit<Token, 'accounts'>>;
}

/** The state after a command. */
export interface Status {
  readonly counts: Readonly<Partial<Record<Operation, number>>>;
  readonly mostAtOnce: number;
  readonly violations: readonly string[];
  readonly strays: readonly string[];
  /** Every namespace of the account, id by title. */
  readonly namespaces: Readonly<Record<string, string>>;
  /** The text of the token that the command requested. */
  readonly token?: string;
}

export function obey(server: CloudflareServer, command: Command): Status {
  if (command.reset) server.reset();
  server.latencyMs = command.latencyMs ?? server.latencyMs;
  server.checks = command.checks ?? server.checks;
  server.staleMs = command.staleMs ?? server.staleMs;
  server.headers = command.headers ?? server.headers;
  if (command.usage) Object.assign(server.analytics, command.usage);
  if (command.inside) Object.assign(server.inside, command.inside);
  if (command.fault) server.faults.add(command.fault);
  for (const title of command.create ?? []) server.createNamespace(title);
  const { makeUp } = command;
  if (makeUp) server.makeUpNamespace(makeUp.title, makeUp.keys, makeUp.metadataBytes);
  const token = command.token && server.issueToken(command.token);
  return {
    counts: Object.fromEntries(server.counts),
    mostAtOnce: server.mostAtOnce,
    violations: server.violations,
    strays: server.strays,
    namespaces: Object.fromEntries(server.namespaces.of(server.account.id).map(({ title, id }) => [title, id])),
    ...(token && { token: token.text }),
  };
}
