import assert from 'node:assert/strict';
import { checkOutline } from '../../src/wrangler/checkOutline.ts';
import { copyBindings } from '../../src/wrangler/editBindings.ts';
import { idBeingTyped, idIn } from '../../src/wrangler/idAt.ts';
import { KeptEntries } from '../../src/wrangler/keptEntries.ts';
import { readOutline } from '../../src/wrangler/outline.ts';
import * as parsers from '../../src/wrangler/parsers.lazy.ts';
import { removePart } from '../../src/wrangler/removePart.ts';

const tomlText = `name = "shop" # the shop

[[kv_namespaces]]
binding = "SESSIONS" # who is signed in
id = "a1"
remote = true

[[kv_namespaces]]
binding = "CACHE"

[env.staging.vars]
X = "1"

[[env.staging.kv_namespaces]]
binding = 'SESSIONS'
id = "b1"
preview_id = "b2"

[env.production]
kv_namespaces = [{ binding = "SESSIONS", id = "c1" }, { binding = "CACHE", id = "c2", preview_id = "c2" }]
`;

const jsonText = `{
  "name": "shop", // the shop
  "kv_namespaces": [
    { "binding": "SESSIONS", "id": "a1", "remote": true }, // who is signed in
    { "binding": "CACHE" },
  ],
  "env": {
    "staging": {
      "vars": { "X": "1" },
      "kv_namespaces": [{ "binding": "SESSIONS", "id": "b1", "preview_id": "b2" }]
    },
    "production": {
      "kv_namespaces": [
        { "binding": "SESSIONS", "id": "c1" },
        {
          "binding": "CACHE",
          "id": "c2",
          "preview_id": "c2"
        }
      ]
    }
  }
}
`;

const samples = [
  { kind: 'TOML', path: '/p/wrangler.toml', sample: tomlText, eol: '\n' },
  { kind: 'TOML with CRLF', path: '/p/wrangler.toml', sample: tomlText.replaceAll('\n', '\r\n'), eol: '\r\n' },
  { kind: 'JSON', path: '/p/wrangler.jsonc', sample: jsonText, eol: '\n' },
  { kind: 'JSON with CRLF', path: '/p/wrangler.jsonc', sample: jsonText.replaceAll('\n', '\r\n'), eol: '\r\n' },
];
/** No config with a line that ends in `\r` has been written by hand. */
const lines = (text: string) => text.replaceAll('\r\n', '\n');

for (const { kind, path, sample, eol } of samples) {
  const outline = (text: string) => readOutline(path, text, parsers);
  const findings = (text: string, isKnown?: (id: string) => boolean) => checkOutline(outline(text), isKnown);

  describe(`the bindings of a config in ${kind}`, () => {
    it('are found with the places of their fields, in every environment', () => {
      const { tables, problem } = outline(sample);
      assert.equal(problem, undefined);
      const read = tables.map(({ environment, entries }) => [
        environment,
        ...entries.map((entry) =>
          [entry.binding, entry.id, entry.previewId].map((field) => {
            if (field === undefined) return undefined;
            const literal = sample.slice(field.span.start, field.span.end);
            assert.match(literal, /^(["']).*\1$/);
            assert.equal(literal.slice(1, -1), field.text);
            return field.text;
          }),
        ),
      ]);
      assert.deepEqual(read, [
        [undefined, ['SESSIONS', 'a1', undefined], ['CACHE', undefined, undefined]],
        ['staging', ['SESSIONS', 'b1', 'b2']],
        ['production', ['SESSIONS', 'c1', undefined], ['CACHE', 'c2', 'c2']],
      ]);
      assert.deepEqual(
        tables.flatMap(({ entries }) => entries.map(({ remote }) => remote)),
        [true, false, false, false, false],
      );
      const first = tables.flatMap(({ entries }) =>
        entries.map(({ span }) => sample.slice(span.start, span.start + 1)),
      );
      assert.ok(first.every((character) => character === '{' || character === '['));
      const names = tables.map(({ name }) => name && sample.slice(name.start, name.end));
      assert.equal(names[0], undefined);
      assert.match(names[1] ?? '', /staging/);
      assert.match(names[2] ?? '', /production/);
    });

    it('keep their places behind what is broken', () => {
      const broken = sample.replace(/"CACHE"/, '"CACHE');
      const { problem, tables } = outline(broken);
      assert.ok(problem);
      const entry = tables.find(({ environment }) => environment === 'production')?.entries[0];
      if (kind.startsWith('TOML')) assert.ok(entry);
      if (entry?.id) assert.equal(broken.slice(entry.id.span.start + 1, entry.id.span.end - 1), 'c1');
    });

    it('are nowhere in a text cut off anywhere, and never an error', () => {
      for (let length = 0; length <= sample.length; length++) {
        const text = sample.slice(0, length);
        for (const { span, binding, id } of outline(text).tables.flatMap(({ entries }) => entries)) {
          for (const part of [span, binding?.span, id?.span]) assert.ok((part?.end ?? 0) <= text.length);
        }
        for (const { check } of findings(text)) assert.ok(check === 'missing-binding' || check === 'preview-id', check);
        idBeingTyped(path, text, length, parsers);
      }
    });
  });

  describe(`the checks of a config in ${kind}`, () => {
    const found = (text: string, isKnown?: (id: string) => boolean) =>
      findings(text, isKnown).map(({ check, span }) => [check, text.slice(span.start, span.end)]);

    it('name what an environment lacks, and a preview_id that is the id', () => {
      const [missing, preview, ...more] = findings(sample);
      assert.deepEqual(missing?.missing, { environment: 'staging', bindings: ['CACHE'] });
      assert.match(missing?.message ?? '', /“staging” lacks .* CACHE/);
      assert.equal(preview?.check, 'preview-id');
      assert.deepEqual(more, []);
    });

    it('name a binding that comes twice in a list, once for each after the first', () => {
      const text = sample.replace(/(["'])CACHE\1/, '$1SESSIONS$1');
      const duplicates = findings(text).filter(({ check }) => check === 'duplicate-binding');
      assert.equal(duplicates.length, 1);
      const [only] = duplicates;
      assert.equal(only && text.slice(only.span.start + 1, only.span.end - 1), 'SESSIONS');
      assert.ok((only?.related?.span.start ?? 0) < (only?.span.start ?? 0));
    });

    it('name ids that no account has, only where that is known', () => {
      const unknown = found(sample, (id) => ['a1', 'b1', 'c1', 'c2'].includes(id)).filter(
        ([check]) => check === 'unknown-id',
      );
      assert.deepEqual(unknown, [['unknown-id', '"b2"']]);
      assert.deepEqual(
        found(sample).filter(([check]) => check === 'unknown-id'),
        [],
      );
    });

    it('say nothing of a broken text, of odd lists, or where the top level binds nothing', () => {
      assert.deepEqual(findings(`${sample}[`), []);
      const odd = kind.startsWith('TOML')
        ? '[env.x]\nkv_namespaces = 3\n'
        : '{ "env": { "x": { "kv_namespaces": 3 } } }';
      const top = kind.startsWith('TOML') ? `[[kv_namespaces]]\nbinding = "A"\n` : '';
      assert.deepEqual(findings(top + odd), []);
      const none = kind.startsWith('TOML') ? '[env.x.vars]\nA = "1"\n' : '{ "env": { "x": {} } }';
      assert.deepEqual(findings(none), []);
    });

    it('are done away with by copying, with every comment and field kept', async () => {
      const edited = await copyBindings(path, sample, 'staging', ['CACHE']);
      assert.deepEqual(
        findings(edited).map(({ check }) => check),
        ['preview-id'],
      );
      let rest = edited;
      for (const line of lines(sample).split('\n')) {
        const at = lines(rest).indexOf(line.replace(/\]?\s*$/, ''));
        assert.ok(at >= 0, line);
        rest = lines(rest).slice(at);
      }
      const all = await copyBindings(path, sample.replace(/staging/g, 'other'), 'other', ['SESSIONS', 'CACHE']);
      assert.equal(lines(all).includes('# the shop') || lines(all).includes('// the shop'), true);
      if (eol === '\r\n') assert.equal(edited.replaceAll('\r\n', '').includes('\n'), false);
    });

    it('copy a switch as a switch', async () => {
      const edited = await copyBindings(
        path,
        sample.replace(/(["'])SESSIONS\1([\s\S]{0,20}b1)/, '$1OTHER$1$2'),
        'staging',
        ['SESSIONS'],
      );
      const staging = outline(edited).tables.find(({ environment }) => environment === 'staging');
      assert.deepEqual(
        { ...staging?.entries.find(({ binding }) => binding?.text === 'SESSIONS')?.value },
        {
          ...(outline(edited).tables[0]?.entries[0]?.value ?? {}),
        },
      );
    });

    it('are done away with by removing the entry or the field, and nothing else', () => {
      const preview = findings(sample).find(({ check }) => check === 'preview-id')?.entry;
      assert.ok(preview);
      const without = removePart(path, sample, [...preview.path, 'preview_id'], parsers);
      assert.ok(without !== undefined);
      assert.deepEqual(
        findings(without).map(({ check }) => check),
        ['missing-binding'],
      );
      assert.ok(without.length < sample.length);
      for (const { entries } of outline(sample).tables) {
        for (const { path: part } of entries) {
          const left = removePart(path, sample, part, parsers);
          assert.ok(left !== undefined, part.join('.'));
          assert.equal(outline(left).tables.flatMap((table) => table.entries).length, 4);
        }
      }
      assert.equal(removePart(path, sample, ['nowhere'], parsers), undefined);
      assert.equal(removePart(path, `${sample}[`, preview.path, parsers), undefined);
    });
  });

  describe(`an ID in ${kind}`, () => {
    it('is found by any offset inside its quotes', () => {
      const start = sample.indexOf('b2');
      for (const offset of [start, start + 1, start + 2]) {
        assert.deepEqual(idIn(outline(sample), sample, offset), {
          field: 'preview_id',
          text: 'b2',
          span: { start, end: start + 2 },
        });
      }
      assert.equal(idIn(outline(sample), sample, sample.indexOf('SESSIONS')), undefined);
      assert.equal(idIn(outline(sample), sample, sample.indexOf('shop')), undefined);
    });

    it('is found while it is typed, whatever is still open behind it', () => {
      for (const id of ['a1', 'b1', 'c1', 'c2']) {
        const start = sample.indexOf(id);
        for (const typed of ['', id.slice(0, 1), id]) {
          for (const closed of ['"', '']) {
            for (const broken of ['', '[']) {
              const text = sample.slice(0, start) + typed + closed + sample.slice(start + 3) + broken;
              for (let length = 0; length <= typed.length; length++) {
                const found = idBeingTyped(path, text, start + length, parsers);
                assert.equal(found?.text, typed, JSON.stringify(text.slice(start - 10)));
                assert.deepEqual(found?.span, { start, end: start + typed.length });
              }
            }
          }
        }
      }
      const other = sample.replace(/name("?\s*[=:])/, 'id$1');
      assert.equal(idBeingTyped(path, other, other.indexOf('shop') + 1, parsers), undefined);
    });
  });

  describe(`what stands above the bindings of a config in ${kind}`, () => {
    const entriesOf = (text: string) => {
      const kept = new KeptEntries();
      kept.read(outline(text));
      return kept;
    };

    it('says what the text says', () => {
      assert.deepEqual(
        entriesOf(sample).entries.map(({ offset, ...rest }) => {
          assert.match(sample.slice(offset, offset + 1), /[[{]/);
          return rest;
        }),
        [
          { binding: 'SESSIONS', hasId: true, isRemote: true },
          { binding: 'CACHE', hasId: false, isRemote: false },
          { binding: 'SESSIONS', environment: 'staging', hasId: true, isRemote: false },
          { binding: 'SESSIONS', environment: 'production', hasId: true, isRemote: false },
          { binding: 'CACHE', environment: 'production', hasId: true, isRemote: false },
        ],
      );
    });

    it('stays while a binding is typed anew, character by character, and moves with the edits', () => {
      const kept = entriesOf(sample);
      let text = sample;
      const edit = (offset: number, length: number, typed: string): void => {
        text = text.slice(0, offset) + typed + text.slice(offset + length);
        kept.edited([{ offset, length, text: typed }]);
        kept.read(outline(text));
        assert.equal(kept.entries.length, 5, text);
        for (const { offset: at } of kept.entries) assert.match(text.slice(at, at + 1), /[[{]/);
      };
      const at = text.indexOf('b1') + 2;
      // Backwards over the ID, its quotes and its key; then all of it again.
      const taken = 'b1'.length + (kind.startsWith('TOML') ? 'id = "'.length : '"id": "'.length);
      const again = text.slice(at - taken, at);
      for (let gone = 1; gone <= taken; gone++) edit(at - gone, 1, '');
      for (const [index, character] of [...again].entries()) edit(at - taken + index, 0, character);
      assert.equal(text, sample);
      // Something before all of it.
      for (const [index, character] of [...(kind.startsWith('TOML') ? 'x = "1"\n' : ' "x": [1], ')].entries()) {
        edit(kind.startsWith('TOML') ? index : 1 + index, 0, character);
      }
      assert.deepEqual(
        kept.entries.map(({ binding }) => binding),
        ['SESSIONS', 'CACHE', 'SESSIONS', 'SESSIONS', 'CACHE'],
      );
    });

    it('is what is whole of a text that is broken when it is first seen, and stays until that is mended', () => {
      // Its last entry has no ID yet, and nothing is closed.
      const at = sample.lastIndexOf('id');
      const broken = `${sample.slice(0, at)}id`;
      const kept = entriesOf(broken);
      const bindings = () => kept.entries.map(({ binding, environment = '' }) => `${binding} ${environment}`.trim());
      const all = ['SESSIONS', 'CACHE', 'SESSIONS staging', 'SESSIONS production', 'CACHE production'];
      // A table of TOML is whole or not.
      const whole = all.slice(0, kind.startsWith('TOML') ? 3 : 4);
      assert.deepEqual(bindings(), whole);
      kept.edited([{ offset: 0, length: 0, text: ' ' }]);
      kept.read(outline(` ${broken.slice(0, broken.indexOf('CACHE'))}`));
      assert.deepEqual(bindings(), whole);
      kept.edited([{ offset: 0, length: broken.length + 1, text: sample }]);
      kept.read(outline(sample));
      assert.deepEqual(bindings(), all);
    });

    it('stays over a binding whose name is typed anew', () => {
      const kept = entriesOf(sample);
      const at = sample.indexOf('SESSIONS');
      kept.edited([{ offset: at, length: 8, text: '' }]);
      kept.read(outline(sample.slice(0, at) + sample.slice(at + 8)));
      assert.equal(kept.entries.length, 5);
      assert.equal(kept.entries[0]?.binding, 'SESSIONS');
    });
  });
}

describe('An entry of a list whose commas begin lines', () => {
  const rest = (path: string, text: string, at: number): string | undefined =>
    removePart(path, text, ['kv_namespaces', at], parsers);

  it('is removed from TOML, with its comma', () => {
    const list = (...lines: string[]): string => `kv_namespaces = [\n${lines.join('\n')}\n]\nname = "a"\n`;
    const [a, b, c] = ['A', 'B', 'C'].map((one) => `{ binding = "${one}", id = "${one}1" }`) as [
      string,
      string,
      string,
    ];
    const text = list(`  ${a} # one`, `  , ${b} # two`, '', '  # three', `  , ${c}`);
    assert.equal(rest('wrangler.toml', text, 0), list(`  ${b} # two`, '', '  # three', `  , ${c}`));
    assert.equal(rest('wrangler.toml', text, 1), list(`  ${a} # one`, `  , ${c}`));
    assert.ok(rest('wrangler.toml', text, 2)?.includes(`${b} # two`));
    assert.equal(rest('wrangler.toml', list(`  ${a}`, '  ,', `  ${b}`), 0), list(`  ${b}`));
  });

  it('is removed from JSON, with its comma', () => {
    const text =
      '{ "kv_namespaces": [\n  { "binding": "A" } // one\n  , { "binding": "B" } /* two */\n  , { "binding": "C" }\n] }';
    assert.equal(rest('wrangler.jsonc', text, 0), text.replace('{ "binding": "A" } // one\n  , ', ''));
    assert.equal(rest('wrangler.jsonc', text, 1), text.replace('{ "binding": "B" } /* two */\n  , ', ''));
  });
});
