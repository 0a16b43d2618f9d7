import type * as vscode from 'vscode';

interface Stub {
  readonly target: object;
  readonly name: string;
  /** What is there again without it. */
  before: unknown;
}

/** In the order in which they were put in place. */
const stubs: Stub[] = [];

afterEach(() => {
  while (stubs.length > 0) remove(stubs.at(-1));
});

/**
 * Puts something in the place of a function of `vscode`, for the extension too: it shares this API object. It is there
 * until the test ends, or until it is disposed; those that others put in its place stay.
 */
export function stub<T extends object>(
  target: T,
  name: keyof T & string,
  stand: (...args: never[]) => unknown,
): vscode.Disposable {
  const placed: Stub = { target, name, before: target[name] };
  stubs.push(placed);
  Reflect.set(target, name, stand);
  return { dispose: () => remove(placed) };
}

function remove(placed: Stub | undefined): void {
  const at = placed === undefined ? -1 : stubs.indexOf(placed);
  if (placed === undefined || at < 0) return;
  stubs.splice(at, 1);
  const { target, name, before } = placed;
  const next = stubs.slice(at).find((other) => other.target === target && other.name === name);
  if (next) next.before = before;
  else Reflect.set(target, name, before);
}
