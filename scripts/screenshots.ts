// npm run screenshots: the pictures of the README, taken anew by the ui tests.
import { run } from './run.ts';

process.env.UPDATE_SCREENSHOTS = '1';
run('test/run.ts', ['package', 'ui']);
