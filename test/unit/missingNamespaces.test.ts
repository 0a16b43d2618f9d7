import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import { SourceRegistry } from '../../src/core/store/sourceRegistry.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

describe('a local namespace', () => {
  let local: LocalFolder;
  let sources: SourceRegistry;
  beforeEach(() => {
    const bindings = [{ name: 'CACHE', id: 'production', previewId: 'preview' }, { name: 'AUTO' }];
    local = localFolder({ configs: [{ path: '/x/wrangler.jsonc', folder: '/x', bindings }] });
    const group = { sources: [local.source], onDidChange: () => ({ dispose: () => {} }), ready: Promise.resolve() };
    sources = new SourceRegistry([group], () => undefined);
  });
  afterEach(() => {
    sources.dispose();
    local.dispose();
  });

  const refOf = (id: string) => ({ source: local.source.id, id });
  const isMissing = (error: unknown) =>
    isKvError(error, 'namespaceNotFound') && /no namespace “.+” in local, test/.test(error.message);

  it('is there when dev uses it for a binding, and is empty until it is written', async () => {
    for (const id of ['preview', 'AUTO']) {
      assert.deepEqual(await (await sources.existing(refOf(id))).list({}), { keys: [] });
    }
  });

  it('is there when it lies on disk, by its id or by the name of its database', async () => {
    for (const id of ['stray', 'odd/id', 'production']) {
      await assert.rejects(sources.existing(refOf(id)), isMissing);
      await local.source.store(id).put({ key: 'k', value: new Uint8Array(1) });
      assert.ok(await (await sources.existing(refOf(id))).get('k'), id);
    }
    const [unknown] = (await local.source.namespaces()).filter(({ isIdUnknown }) => isIdUnknown);
    assert.ok(await (await sources.existing(refOf(unknown?.id ?? ''))).get('k'));
    await local.source.remove('stray');
    await assert.rejects(sources.checkExists(refOf('stray')), isMissing);
  });

  it('is not there otherwise, be it called by the name of a binding that has an id, or as a database would be', async () => {
    for (const id of ['CACHE', 'nobody', 'a'.repeat(64)]) await assert.rejects(sources.existing(refOf(id)), isMissing);
    await (await sources.store(refOf('nobody'))).list({});
  });

  it('is not called missing where the folder cannot be read', async () => {
    const { databases } = local.source.state;
    mkdirSync(dirname(databases), { recursive: true });
    writeFileSync(databases, 'no folder');
    await sources.checkExists(refOf('nobody'));
  });
});
