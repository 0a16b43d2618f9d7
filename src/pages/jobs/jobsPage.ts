import * as vscode from 'vscode';
import { locale } from '../../core/text/locale.ts';
import { commandId } from '../../ids.ts';
import type { JobState } from '../../inside/job.ts';
import type { Services } from '../../services.ts';
import { logError } from '../../ui/reportError.ts';
import { Page } from '../page.ts';
import type { PagePlace } from '../pages.ts';
import { pageTexts } from '../pageTexts.ts';
import { followerOf, restartFailed } from './follower.ts';
import { actionOf, placeOf } from './jobActions.ts';
import { cancelJob, checkMayWrite, compareAfter, removeJob, showReport } from './jobDeeds.ts';
import type { JobFollower } from './jobFollower.ts';
import { jobsModel } from './jobModel.ts';

/** The jobs of every account that is shown. Asks for their states while the page is visible. */
class JobsPage extends Page {
  readonly #services: Services;
  readonly #follower: JobFollower;
  readonly #listening: vscode.Disposable[] = [];
  #watch: { dispose(): void } | undefined;

  constructor(panel: vscode.WebviewPanel, services: Services) {
    super(panel, services, {
      choose: (choice, option) => this.#choose(choice, option),
      act: (action) => this.#act(action),
    });
    this.#services = services;
    this.#follower = followerOf(services);
    this.#listening.push(
      vscode.Disposable.from(this.#follower.onDidChange(() => this.#draw())),
      this.onDidChangeVisibility(() => this.#follow()),
    );
    this.onDidDispose(() => {
      this.#watch?.dispose();
      for (const listening of this.#listening) listening.dispose();
    });
    this.#draw();
    this.#follow();
  }

  #follow(): void {
    if (this.isVisible) this.#watch ??= this.#follower.watch();
    else {
      this.#watch?.dispose();
      this.#watch = undefined;
    }
  }

  #draw(): void {
    const { jobs, accounts, isListing } = this.#follower;
    this.show(jobsModel({ language: locale(), texts: pageTexts(), isReading: isListing, accounts, jobs }));
  }

  async #choose(choice: string, option: string): Promise<void> {
    const [what, place] = [choice.slice(0, choice.indexOf(':')), choice.slice(choice.indexOf(':') + 1)];
    const job = this.#follower.job(placeOf(place));
    if (what !== 'speed' || !job) return;
    await this.#follower.act(job.state, (jobs, signal) => jobs.setSpeed(job.state.id, Number(option), signal));
  }

  async #act(text: string): Promise<void> {
    const { what, job: place } = actionOf(text);
    const state = this.#follower.job(place)?.state;
    switch (what) {
      case 'again':
        await this.#follower.list();
        return;
      case 'signIn':
        await vscode.commands.executeCommand(commandId('signIn'));
        await this.#follower.list();
        return;
      case 'new':
        await vscode.commands.executeCommand(commandId('runInside'));
        return;
      case 'cleanUp':
        await vscode.commands.executeCommand(commandId('cleanUpJobs'));
        return;
      case 'log':
        this.#services.log.show();
    }
    if (!state) return;
    switch (what) {
      case 'pause':
        await this.#follower.act(state, (jobs, signal) => jobs.pause(state.id, signal));
        return;
      case 'resume':
        await this.#follower.act(state, async (jobs, signal) => {
          checkMayWrite(state, this.#services);
          await jobs.resume(state.id, signal);
        });
        return;
      case 'restart':
        await restartFailed(state, this.#services);
        return;
      case 'cancel':
        await cancelJob(state, this.#follower);
        return;
      case 'report':
        await showReport(state, this.#follower, this.#services);
        return;
      case 'remove':
        await removeJob(state, this.#follower);
        return;
      case 'compare':
        await compareAfter(state);
    }
  }
}

/** Opens the page or brings it to the front. Resolves to its jobs. */
export async function openJobs(services: Services): Promise<readonly JobState[]> {
  services.pages.open(placeOfPage(), (panel) => new JobsPage(panel, services));
  return await followerOf(services).list();
}

/** Restores the page after a reload. */
export function restoreJobs(panel: vscode.WebviewPanel, _: unknown, services: Services): boolean {
  services.pages.restore(placeOfPage(), panel, () => new JobsPage(panel, services));
  void followerOf(services)
    .list()
    .catch((error: unknown) => logError(services.log, 'showJobs', error));
  return true;
}

/** The page belongs to no account, so it is not closed with one. What it shows of an account disappears with it. */
const placeOfPage = (): PagePlace => ({
  name: 'jobs',
  id: '',
  title: vscode.l10n.t('Jobs inside Cloudflare'),
  sources: [],
});
