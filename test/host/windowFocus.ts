import * as vscode from 'vscode';

type Listener = (state: vscode.WindowState) => unknown;

/**
 * Who in the extension follows whether the window has the focus. It must be imported before the extension is activated.
 */
const listeners = new Set<Listener>();
const real = vscode.window.onDidChangeWindowState;

Reflect.set(
  vscode.window,
  'onDidChangeWindowState',
  (listener: Listener, self?: unknown, disposables?: vscode.Disposable[]) => {
    listeners.add(listener);
    const listening = real(listener, self, disposables);
    return new vscode.Disposable(() => {
      listeners.delete(listener);
      listening.dispose();
    });
  },
);

/** What happens when somebody leaves the window and comes back; how many listened is the result. */
export function leaveAndComeBack(): number {
  for (const focused of [false, true]) for (const listener of listeners) listener({ focused, active: focused });
  return listeners.size;
}
