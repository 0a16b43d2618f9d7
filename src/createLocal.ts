import * as vscode from 'vscode';
import { onFirstUse } from './core/base/onFirstUse.ts';
import { LaterGroup } from './core/store/laterGroup.ts';
import type { LocalSources } from './local/localSources.ts';
import type { Projects } from './projects/projects.ts';
import type { Settings } from './settings.ts';

const background = (): typeof import('./background.lazy.ts') => require('./background.lazy.ts');

export interface LocalParts {
  readonly settings: Settings;
  readonly memory: vscode.Memento;
  readonly report: (what: string, error: unknown) => void;
}

export interface Local {
  readonly sources: LocalSources;
  /** The sources as a group of the registry. It exists before they are loaded. */
  readonly group: LaterGroup;
  readonly projects: Projects;
  readonly owned: vscode.Disposable;
}

/** The projects of the workspace and their local KV, loaded on first use. */
export function createLocal({ settings, memory, report }: LocalParts): Local {
  const made: vscode.Disposable[] = [];
  const group = new LaterGroup();
  const sources: LocalSources = onFirstUse(() => {
    const { DevServers, LocalSources } = background();
    const servers = new DevServers({ ports: () => settings.devServerPorts });
    const created = new LocalSources({ servers, memory });
    group.begin(created);
    made.push(created);
    return created;
  });
  const projects: Projects = onFirstUse(() => {
    const { Projects } = background();
    const created = new Projects(sources, settings, report);
    made.push(created);
    return created;
  });
  return { sources, group, projects, owned: { dispose: () => vscode.Disposable.from(...made, group).dispose() } };
}
