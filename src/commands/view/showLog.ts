import { only } from '../invocation/command.ts';
import { viewFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';

export const showLog = defineCommand<object>('showLog', {
  args: viewFields,
  asked: only(nothing),
  async run(_, { services }) {
    services.log.show();
  },
});
