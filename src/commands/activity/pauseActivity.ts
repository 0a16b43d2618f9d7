import { type AnyCommand, only } from '../invocation/command.ts';
import { noFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';
import { shownActivity } from './shownActivity.ts';

const pausing = (name: 'pauseActivity' | 'resumeActivity', isPaused: boolean): AnyCommand =>
  defineCommand<object>(name, {
    args: noFields,
    asked: only(nothing),
    async run(_, { services }) {
      const view = shownActivity(services);
      view.log.pause(isPaused);
      view.redraw();
    },
  });

/** Pauses the list. Events go on being collected and appear when it resumes. */
export const pauseActivity = pausing('pauseActivity', true);

export const resumeActivity = pausing('resumeActivity', false);
