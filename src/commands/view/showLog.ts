import { only } from '../invocation/command.ts';
import { noFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';

export const showLog = defineCommand<object>('showLog', {
  args: noFields,
  asked: only(nothing),
  async run(_, { services }) {
    services.log.show();
  },
});
