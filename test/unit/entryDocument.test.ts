import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { isKvError } from '../../src/core/base/errors.ts';
import { presentMetadata } from '../../src/core/entry/entry.ts';
import { formatEntryDocument, parseEntryDocument } from '../../src/core/entry/entryDocument.ts';

const now = Date.UTC(2026, 10, 21, 12, 0, 0) / 1000;
const december = Date.UTC(2026, 11, 1) / 1000;
const parse = (text: string) => parseEntryDocument('user:1', text, now);
const refuses = (text: string, ...parts: string[]) =>
  assert.throws(
    () => parse(text),
    (error) => isKvError(error, 'invalidInput') && ['“user:1”', ...parts].every((part) => error.message.includes(part)),
    text,
  );

describe('entry document', () => {
  it('shows metadata first, then the expiration', () => {
    assert.equal(
      formatEntryDocument({ metadata: { by: 'anna', tags: [1] }, expiration: december }),
      `{
  "metadata": {
    "by": "anna",
    "tags": [
      1
    ]
  },
  "expiration": "2026-12-01T00:00:00Z"
}
`,
    );
  });

  it('shows what can be filled in where there is nothing', () => {
    assert.equal(formatEntryDocument({}), '{\n  "metadata": null,\n  "expiration": null\n}\n');
    assert.deepEqual(parse(formatEntryDocument({})), {});
  });

  it('keeps falsy metadata apart from none', () => {
    for (const metadata of [0, false, '', {}, []])
      assert.deepEqual(parse(formatEntryDocument({ metadata })), { metadata });
    assert.deepEqual(parse('{}'), {});
  });

  it('reads back everything that it writes', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 3 }),
        fc.option(fc.integer({ min: now + 60, max: 2_147_483_647 }), { nil: undefined }),
        (json, expiration) => {
          const metadata = presentMetadata(JSON.parse(JSON.stringify(json)));
          fc.pre(JSON.stringify(metadata ?? null).length < 300);
          const extras = {
            ...(metadata !== undefined && { metadata }),
            ...(expiration !== undefined && { expiration }),
          };
          assert.deepEqual(parse(formatEntryDocument(extras)), extras);
        },
      ),
    );
  });

  it('takes Unix seconds, a lifetime, and a lifetime under the null of the template', () => {
    assert.deepEqual(parse(`{"expiration": ${december}}`), { expiration: december });
    assert.deepEqual(parse('{"expirationTtl": 300}'), { expiration: now + 300 });
    assert.deepEqual(parse('{"metadata": null, "expiration": null, "expirationTtl": 300}'), { expiration: now + 300 });
    assert.deepEqual(parse('\uFEFF{"expiration": "2026-12-01T00:00:00Z"}'), { expiration: december });
  });

  it('names the line and column of bad JSON', () => {
    refuses('', 'line 1, column 1', 'ends too early');
    refuses('{\n  "metadata": {,\n}', 'line 2, column 16', 'property name');
    refuses('{"metadata": 1,}', 'column 16', 'property name');
    refuses('{"metadata": [1,]}', 'column 17', 'expected a value');
    refuses('{"metadata": 1 "expiration": null}', 'column 16', '“,” or “}”');
    refuses('{"metadata" 1}', 'column 13', '“:”');
    refuses('{\r\n // x\r\n "metadata": 1}', 'line 2, column 2', 'comments');
    refuses('{"metadata": 01}', 'column 14', 'expected a value');
    refuses('{"metadata": NaN}', 'column 14', 'expected a value');
    refuses("{'metadata': 1}", 'column 2', 'property name');
    refuses('{"metadata": "a\nb"}', 'column 16', 'closing quote');
    refuses('{"metadata": "a\\x"}', 'column 16', 'escape');
    refuses('{} {}', 'column 4', 'nothing more');
    refuses(`{"metadata": ${'['.repeat(100_000)}`, 'nested too deeply');
  });

  it('refuses what is no entry', () => {
    for (const text of ['[]', 'null', '1', '"x"']) refuses(text, 'must be an object');
    refuses('{"value": 1}', '“value”', '“metadata”');
    refuses('{"Expiration": null}', '“Expiration”');
    refuses('{"metadata": 1, "metadata": 2}', 'column 17', '“metadata” comes twice');
    refuses('{"metadata": {"a": 1, "\\u0061": 2}}', '“a” comes twice');
  });

  it('refuses what KV refuses, naming the field', () => {
    refuses(JSON.stringify({ metadata: 'x'.repeat(1023) }), 'metadata', '1025');
    assert.ok(parse(JSON.stringify({ metadata: 'x'.repeat(1022) })));
    refuses(formatEntryDocument({ expiration: now + 59 }), '“expiration”', '59 s');
    refuses('{"expiration": "soon"}', '“expiration”');
    refuses('{"expirationTtl": 30}', '“expirationTtl”', '30 s');
    refuses(`{"expiration": ${december}, "expirationTtl": 100}`, '“expiration”', '“expirationTtl”');
  });

  it('has a schema with the same fields, every one described', async () => {
    const file = new URL('../../media/schemas/entry.schema.json', import.meta.url);
    const schema = JSON.parse(await readFile(file, 'utf8'));
    assert.deepEqual(Object.keys(schema.properties), ['metadata', 'expiration', 'expirationTtl']);
    assert.equal(schema.additionalProperties, false);
    for (const property of Object.values<Record<string, unknown>>(schema.properties)) {
      assert.ok(property.description && property.markdownDescription && property.defaultSnippets);
    }
    const [{ pattern }] = schema.properties.expiration.anyOf;
    for (const good of ['2026-12-01', '2026-12-01T00:00:00Z', '2026-12-01T00:00+0200', '1796083200']) {
      assert.match(good, new RegExp(pattern));
      assert.ok(parse(JSON.stringify({ expiration: good })));
    }
    assert.doesNotMatch('2026-12-01T00:00:00', new RegExp(pattern));
  });
});
