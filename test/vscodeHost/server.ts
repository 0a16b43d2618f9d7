import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { killTree } from './killTree.ts';
import { vscodeServer } from './paths.ts';
import { quietSettings } from './settings.ts';

/** Tells the extension host where everything lies that the server keeps. */
export const dataFolderVariable = 'KV_TEST_DATA_FOLDER';

export interface ServerOptions {
  /** Folder with installed extensions; without it an empty one of its own. */
  readonly extensions?: string;
  /** Whether every folder is trusted without a question; true unless given. */
  readonly trust?: boolean;
  /** User settings, on top of the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Commands by keys of their own, such as "ctrl+alt+shift+w". */
  readonly keys?: Readonly<Record<string, string>>;
  /** Obey extensionDevelopmentPath and extensionTestsPath; no notification toast is shown then. */
  readonly suite?: boolean;
  /** 0 or absent takes a free port. */
  readonly port?: number;
  /** Environment variables for the extension host, on top of ours. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running VS Code server on 127.0.0.1, with data folders of its own. */
export interface VscodeServer {
  readonly port: number;
  /** Holds `data/User` and `data/Machine`; removed by stop(). */
  readonly dataFolder: string;
  /** Everything the server printed so far. */
  output(): string;
  /** The address of the workbench on a folder, or a .code-workspace file. */
  url(workspace: string, payload?: Readonly<Record<string, string>>): string;
  /** Ends the server and all its children and removes its data; resolves when they are gone. */
  stop(): Promise<void>;
}

function writeSettings(dataFolder: string, settings: Readonly<Record<string, unknown>>): void {
  const text = JSON.stringify({ ...quietSettings, ...settings }, undefined, 2);
  // The workbench takes application settings from the user's file only, and all others from either.
  for (const scope of ['Machine', 'User']) {
    const folder = join(dataFolder, 'data', scope);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'settings.json'), text);
  }
}

function boundPort(server: ChildProcess, log: () => string): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const look = () => {
      const port = /Extension host agent listening on (\d+)/.exec(log())?.[1];
      if (port) {
        resolvePort(Number(port));
      }
    };
    server.stdout?.on('data', look);
    server.stderr?.on('data', look);
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`The VS Code server exited with ${code}\n${log().slice(-2000)}`)));
  });
}

function workbenchUrl(port: number, workspace: string, payload: Readonly<Record<string, string>> | undefined): string {
  const kind = workspace.endsWith('.code-workspace') ? 'workspace' : 'folder';
  // Slashes stay as they are: a person reads and copies this.
  const path = encodeURIComponent(resolve(workspace)).replaceAll('%2F', '/');
  const extra = payload ? `&payload=${encodeURIComponent(JSON.stringify(Object.entries(payload)))}` : '';
  return `http://127.0.0.1:${port}/?${kind}=${path}${extra}`;
}

/** Starts a VS Code server and resolves when it accepts connections. */
export async function startServer(options: ServerOptions = {}): Promise<VscodeServer> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'vscode-host-'));
  writeSettings(dataFolder, options.settings ?? {});
  const bindings = Object.entries(options.keys ?? {}).map(([key, command]) => ({ key, command }));
  writeFileSync(join(dataFolder, 'data', 'User', 'keybindings.json'), JSON.stringify(bindings));
  const args = [
    join(vscodeServer, 'out', 'server-main.js'),
    '--host',
    '127.0.0.1',
    '--port',
    String(options.port ?? 0),
    '--without-connection-token',
    '--accept-server-license-terms',
    '--telemetry-level',
    'off',
    '--server-data-dir',
    dataFolder,
    '--extensions-dir',
    options.extensions ?? join(dataFolder, 'extensions'),
    ...(options.trust === false ? [] : ['--disable-workspace-trust']),
    ...(options.suite ? ['--enable-smoke-test-driver'] : []),
  ];
  const server = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that one signal reaches the extension hosts too.
    detached: process.platform !== 'win32',
    env: { ...process.env, [dataFolderVariable]: dataFolder, ...options.env },
  });
  const gone = once(server, 'close');
  let log = '';
  const collect = (data: Buffer) => {
    log += data;
  };
  server.stdout.on('data', collect);
  server.stderr.on('data', collect);
  const stop = async () => {
    process.off('exit', killNow);
    killTree(server);
    await gone;
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
  };
  const killNow = () => {
    killTree(server);
    rmSync(dataFolder, { recursive: true, force: true });
  };
  process.once('exit', killNow);
  try {
    const port = await boundPort(server, () => log);
    return {
      port,
      dataFolder,
      output: () => log,
      url: (workspace, payload) => workbenchUrl(port, workspace, payload),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
