import { only } from '../invocation/command.ts';
import { noFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';
import { shownActivity } from './shownActivity.ts';

/** Empties the list and goes on recording. */
export const clearActivity = defineCommand<object>('clearActivity', {
  args: noFields,
  asked: only(nothing),
  async run(_, { services }) {
    const view = shownActivity(services);
    view.log.clear();
    view.redraw();
  },
});
