import type * as vscode from 'vscode';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import type { TreeNode } from '../../tree/nodes.ts';
import type { Running } from '../../ui/progress.ts';
import type { Input } from './arguments.ts';

/** How a command was called when not with an argument object. */
export interface Call {
  /** The rows it is about: the clicked one first in meaning, all selected ones when it is among them. */
  readonly nodes: readonly TreeNode[];
  /** The document it is about: from an editor's title, else the active one. */
  readonly uri?: vscode.Uri;
  /** Nobody pointed at that document: it happens to be open. */
  readonly isOnlyActive?: true;
  /** Files that the Explorer passes: the clicked one first, then the others of its selection. */
  readonly files?: readonly vscode.Uri[];
  /** What a button of a message of ours passes along. */
  readonly text?: string;
}

export interface Run extends Running {
  readonly services: Services;
  /** Not called with an argument object: there is somebody to ask. */
  readonly isInteractive: boolean;
}

/** What a command writes. */
export interface Writes {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
}

/**
 * One command. `parse` reads an argument object and `ask` answers the same questions from the row, the document or
 * prompts, so that `run` has one way to do the work.
 */
export interface Command<A, R = void> {
  /** Throws `invalidInput`. */
  parse(input: Input): A;
  /** `undefined` when a prompt was dismissed or nothing is left to do. */
  ask(call: Call, services: Services): Promise<A | undefined>;
  /** The keys that it writes: in a real account, the setting decides whether that is asked about first. */
  writes?(args: A): Writes;
  /** `undefined` when a confirmation was dismissed. Shows no message. */
  run(args: A, run: Run): Promise<R | undefined>;
  /** What the user is told, or shown, when they did not call with an argument object. */
  tell?(result: R, args: A, services: Services): unknown;
  /** Shown while the work takes long. */
  readonly progress?: string;
}

/** A command whose argument and result types only it knows. */
export interface AnyCommand {
  invoke(args: readonly unknown[], services: Services): Promise<unknown>;
}
