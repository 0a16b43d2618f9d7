import assert from 'node:assert/strict';
import { checkSettings, type SettingName, settingNames, settingTypes } from '../../src/settingTypes.ts';

describe('settings', () => {
  /** Checks one setting that is given, while no other is. */
  const check = (name: SettingName, given: unknown) => {
    const { values, wrong } = checkSettings((id) => (id === settingTypes[name].id ? given : undefined));
    return { value: values[name], wrong };
  };

  it('are their defaults where nothing is set', () => {
    const { values, wrong } = checkSettings(() => undefined);
    assert.deepEqual(wrong, []);
    for (const name of settingNames) assert.deepEqual(values[name], settingTypes[name].default, name);
  });

  const right: readonly (readonly [SettingName, unknown])[] = [
    ['groupKeys', false],
    ['keyDelimiters', []],
    ['languages', { 'config:*': 'yaml' }],
    ['stateFolders', ['/x', 'state']],
    ['configs', ['wrangler.dev.jsonc', '**/wrangler.*.toml']],
    ['devServerPorts', [1, 65_535]],
    ['remoteReadOnly', true],
    ['remoteReadOnlyInWorkspace', true],
    ['remoteAutoSave', true],
    ['apiBaseUrl', 'http://127.0.0.1:1'],
    ['confirmWrites', 'always'],
    ['toolWrites', true],
    ['codeDiagnostics', { 'missing-binding': 'off', other: 'hint' }],
    ['undoDays', 1.5],
    ['undoMegabytes', 0],
  ];
  for (const [name, given] of right) {
    it(`are used as they are where their type is right: ${name}`, () => {
      assert.deepEqual(check(name, given), { value: given, wrong: [] });
    });
  }

  const wrong: readonly (readonly [SettingName, readonly unknown[], string])[] = [
    ['groupKeys', ['yes', 1], 'true or false'],
    ['keyDelimiters', [':', [1], null], 'a list of texts'],
    ['languages', [3, ['yaml'], { '*': 1 }, null], 'a language id for each glob'],
    ['stateFolders', [[1], '/x', ['a', 1], {}], 'a list of texts'],
    ['configs', [[1], 'wrangler.*', {}], 'a list of texts'],
    ['devServerPorts', [['x'], 8787, [0], [65_536], [1.5]], 'numbers from 1 to 65535'],
    ['remoteReadOnly', ['true', 1], 'true or false'],
    ['remoteReadOnlyInWorkspace', ['true', {}], 'true or false'],
    ['remoteAutoSave', ['true'], 'true or false'],
    ['apiBaseUrl', [3, ['https://a.example']], 'a text'],
    ['confirmWrites', ['often', true], '“bulk”, “always” or “never”'],
    ['toolWrites', ['true', 1], 'true or false'],
    ['codeDiagnostics', ['off', ['off'], { 'unknown-id': 'loud' }, { 'unknown-id': null }], 'for each code'],
    ['undoDays', ['7', Number.POSITIVE_INFINITY, null], 'a number'],
    ['undoMegabytes', [[100]], 'a number'],
  ];
  for (const [name, values, mustBe] of wrong) {
    it(`count as not set where their type is wrong, and say so by name: ${name}`, () => {
      for (const given of values) {
        const found = check(name, given);
        assert.deepEqual(found.value, settingTypes[name].default, JSON.stringify(given));
        assert.deepEqual(
          found.wrong.map((one) => [one.name, one.setting]),
          [[name, `cloudflareKv.${settingTypes[name].id}`]],
        );
        const message = found.wrong[0]?.message ?? '';
        assert.ok(message.includes(`cloudflareKv.${settingTypes[name].id}`) && message.includes(mustBe), message);
      }
    });
  }

  it('let nothing be undone for less than a day, nor with less than no space', () => {
    for (const days of [0, -3, 0.5]) assert.deepEqual(check('undoDays', days), { value: 1, wrong: [] });
    assert.deepEqual(check('undoMegabytes', -1), { value: 0, wrong: [] });
  });

  it('cut keys at no empty delimiter', () => {
    assert.deepEqual(check('keyDelimiters', ['', ':']), { value: [':'], wrong: [] });
  });

  it('are each told of, where several are wrong', () => {
    const { wrong } = checkSettings(() => ({ a: 1 }));
    assert.deepEqual(wrong.map(({ name }) => name).sort(), [...settingNames].sort());
  });
});
