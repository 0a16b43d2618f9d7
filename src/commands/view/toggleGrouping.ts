import { defineCommand } from '../invocation/invoke.ts';

/** Switches between groups and flat rows; resolves to whether keys are grouped now. */
export const toggleGrouping = defineCommand<object, boolean>('toggleGrouping', {
  parse: () => ({}),
  ask: async () => ({}),
  async run(_, { services: { settings } }) {
    const grouped = !settings.groupKeys;
    await settings.setGroupKeys(grouped);
    return grouped;
  },
});
