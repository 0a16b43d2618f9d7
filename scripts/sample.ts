// npm run sample: makes .sample/shop anew.
import { join } from 'node:path';
import { makeSample } from '../test/sample/make.ts';
import { root } from '../test/vscodeHost/paths.ts';

await makeSample(join(root, '.sample', 'shop'));
