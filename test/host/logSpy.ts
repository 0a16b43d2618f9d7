import * as vscode from 'vscode';

/**
 * Everything that the extension has logged, at any level. The server that these tests run in writes no log files, so
 * this stands in for them; it must be imported before the extension is activated.
 */
export const logged: string[] = [];

const writers = new Set<string | symbol>([
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'append',
  'appendLine',
  'replace',
]);
const createReal = vscode.window.createOutputChannel as (...args: never[]) => vscode.OutputChannel;

Reflect.set(vscode.window, 'createOutputChannel', (...args: readonly unknown[]) => {
  const channel = Reflect.apply(createReal, vscode.window, args);
  return new Proxy(channel, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || !writers.has(name)) return value;
      return (...given: readonly unknown[]): unknown => {
        logged.push(given.map(String).join(' '));
        return Reflect.apply(value, target, given);
      };
    },
  });
});
