import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { sideLabel, sourceIcon, sourceLabel } from '../../core/store/names.ts';
import type { KvSource } from '../../core/store/store.ts';
import { activityViewId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { ActivityView } from '../../tree/activity/activityView.ts';
import { logError } from '../../ui/reportError.ts';
import type { Call } from '../invocation/call.ts';
import { about } from '../invocation/command.ts';
import { fields, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { isKeyPress, rowOf } from '../invocation/resolve.ts';
import { ownTarget } from '../invocation/targets.ts';
import { openActivityRow } from './openActivityRow.ts';

interface ShowActivity {
  /** Id of a local source; by default the first one of the workspace. */
  readonly source?: string | undefined;
}

interface Shown {
  readonly source: string;
}

/** The project of the row or document, the only project, or one that the user picks. */
const project = ownTarget<ShowActivity>('source', async (call, services) => {
  const source = await askProject(call, services);
  return source && { source: source.id };
});

/** Shows what a running Worker and this extension do to the keys of a project, in a view below the tree. */
export const showActivity = defineCommand<ShowActivity, Shown>('showActivity', {
  args: fields({ source: optional(textField) }),
  asked: about(project, (found) => found),
  async run({ source: id }, { services }) {
    const source = id === undefined ? (await projectsOf(services))[0] : await services.sources.source(id);
    if (!source?.follow) throw notFollowed(source);
    const { activity: views, log, reports } = services;
    if (views.current?.source !== source) {
      const activity = source.follow();
      const view = views.show(
        () =>
          new ActivityView({
            source,
            activity,
            open: (row, shown) => openActivityRow(row, shown, reports),
            report: (error) => logError(log, 'activity', error),
          }),
      );
      try {
        await Promise.all([activity.started, view.learnTitles()]);
      } catch (error) {
        // An empty view would suggest that nothing happens.
        if (views.current === view) views.dispose();
        throw error;
      }
    }
    await vscode.commands.executeCommand(`${activityViewId}.focus`, { preserveFocus: true });
    return { source: source.id };
  },
});

async function projectsOf({ sources }: Services): Promise<readonly KvSource[]> {
  await sources.ready();
  return sources.sources.filter(({ follow }) => follow !== undefined);
}

const notFollowed = (source: KvSource | undefined): KvError =>
  new KvError(
    'unsupported',
    source
      ? vscode.l10n.t('The activity of {0} cannot be followed: only that of a local project can.', sideLabel(source))
      : vscode.l10n.t('The workspace has no project with local KV whose activity could be shown.'),
  );

async function askProject(call: Call, services: Services): Promise<KvSource | undefined> {
  const row = rowOf(call);
  if (row?.kind === 'source') return row.source;
  if (isKeyPress(call)) return undefined;
  const projects = await projectsOf(services);
  if (projects.length === 0) throw notFollowed(undefined);
  if (projects.length === 1) return projects[0];
  const items = projects.map((source) => ({
    label: sourceLabel(source),
    iconPath: new vscode.ThemeIcon(sourceIcon(source)),
    source,
  }));
  const placeHolder = vscode.l10n.t('Show the activity of which project?');
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.source;
}
