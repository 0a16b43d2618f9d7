// npm start [-- --port N --keep --desktop]: the packaged extension in a real VS Code, on a sample Worker project.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeSample } from '../test/sample/make.ts';
import { exitOnSignals } from '../test/vscodeHost/exitOnSignals.ts';
import { installHost } from '../test/vscodeHost/install.ts';
import { installExtension } from '../test/vscodeHost/installExtension.ts';
import { root, vsixFile } from '../test/vscodeHost/paths.ts';
import { startServer } from '../test/vscodeHost/server.ts';
import { openDesktop } from './desktop.ts';
import { run } from './run.ts';
import { openedValue, showView, startSettings } from './startView.ts';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string' },
    keep: { type: 'boolean', default: false },
    desktop: { type: 'boolean', default: false },
  },
});
exitOnSignals(0);

const sample = join(root, '.sample', 'shop');

async function prepareSample(): Promise<void> {
  if (options.keep && existsSync(sample)) {
    return;
  }
  console.log('Writing the sample project with wrangler and Miniflare');
  await makeSample(sample);
  showView(sample);
}

run('scripts/package.ts');
if (options.desktop) {
  await prepareSample();
  await openDesktop(sample);
} else {
  installHost();
  const extensions = installExtension(vsixFile);
  const [server] = await Promise.all([
    startServer({
      extensions,
      settings: startSettings,
      ...(options.port === undefined ? {} : { port: Number(options.port) }),
    }),
    prepareSample(),
  ]);
  console.log(
    `\nCloudflare KV is ready. Open this address in a browser, press Ctrl+C to stop:\n\n  ${server.url(sample, openedValue(sample))}\n`,
  );
}
