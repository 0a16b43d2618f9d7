import { only } from '../invocation/command.ts';
import { noFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';

/** Stops following, forgets the recorded activity, and hides the view. */
export const closeActivity = defineCommand<object>('closeActivity', {
  args: noFields,
  asked: only(nothing),
  async run(_, { services }) {
    services.activity.dispose();
  },
});
