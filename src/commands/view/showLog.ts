import { defineCommand } from '../invocation/invoke.ts';

export const showLog = defineCommand<object>('showLog', {
  parse: () => ({}),
  ask: async () => ({}),
  async run(_, { services }) {
    services.log.show();
  },
});
