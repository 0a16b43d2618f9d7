import { only } from '../invocation/command.ts';
import { viewFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';

/** Switches between groups and flat rows. Resolves to whether keys are grouped now. */
export const toggleGrouping = defineCommand<object, boolean>('toggleGrouping', {
  args: viewFields,
  asked: only(nothing),
  async run(_, { services: { settings } }) {
    const grouped = !settings.groupKeys;
    await settings.setGroupKeys(grouped);
    return grouped;
  },
});
