import assert from 'node:assert/strict';
import { commands } from '../../src/commands/commands.lazy.ts';
import { type CommandName, commandNames } from '../../src/ids.ts';
import { closeEditors, expectKvError, freshKey, run, testNamespace } from './support.ts';

/** What each command takes, as the README tells it; with `?` what need not be given. */
const taken: Readonly<Record<CommandName, string>> = {
  openKey: 'namespace key',
  openKeyToSide: 'namespace key',
  revealKey: 'namespace key',
  findInCode: 'namespace key? prefix?',
  checkProject: 'config?',
  searchKeys: 'namespaces text? regex?',
  searchValues: 'namespace prefix? text? regex?',
  newKey: 'namespace key value? metadata? expiration? expirationTtl? confirm?',
  putKey: 'namespace key value? from? metadata? expiration? expirationTtl? confirm?',
  putFile: 'namespace key value? from? metadata? expiration? expirationTtl? confirm?',
  saveKeyAs: 'namespace key to',
  editEntry: 'namespace key',
  editKeys: 'namespace keys? prefix?',
  setExpiration: 'namespace keys expiration? expirationTtl? confirm?',
  saveWithExpiration: 'uri expiration? expirationTtl? confirm?',
  renameKey: 'namespace key newKey confirm?',
  duplicateKey: 'namespace key newKey confirm?',
  deleteKeys: 'namespace keys? prefix? confirm?',
  clearNamespace: 'namespace confirm?',
  importKeys: 'namespace from format? onConflict confirm?',
  importFile: 'namespace from format? onConflict confirm?',
  exportKeys: 'namespace keys? prefix? to format?',
  copyKeys: 'from to onConflict? confirm?',
  deleteKeysInFile: 'namespace from format? confirm?',
  deleteNamespace: 'namespace confirm?',
  createNamespace: 'source title binding? config? environment? preview?',
  renameNamespace: 'namespace title',
  addBinding: 'namespace config binding environment? field?',
  undo: 'id? confirm?',
  showChanges: '',
  showSpace: 'namespace prefix?',
  showUsage: 'account namespaces? days?',
  runInside: 'job from to? prefix? keys? mode? bucket? query? verify? emptySource? confirm? wait?',
  showJobs: '',
  cleanUpJobs: 'confirm?',
  forgetUndo: 'confirm?',
  copyKeyName: 'namespace key',
  copyValue: 'namespace key',
  copyNamespaceId: 'namespace',
  copyAsWrangler: 'namespace key',
  copyAsCurl: 'namespace key',
  refresh: 'namespace? prefix?',
  loadMore: 'namespace prefix?',
  loadAll: 'namespace prefix?',
  filterByPrefix: 'namespace prefix?',
  clearFilter: 'namespace?',
  toggleGrouping: 'namespace? prefix?',
  pin: 'namespace prefix?',
  unpin: 'namespace prefix?',
  toggleReadOnly: 'namespace',
  compareKey: 'namespace key',
  openOtherSide: 'namespace key',
  compareNamespaces: 'left right prefix?',
  syncNamespace: 'from to prefix? deleteExtra? confirm?',
  copyToLocal: 'namespace keys? prefix? deleteExtra? confirm?',
  pull: 'namespace keys? prefix? deleteExtra? confirm?',
  push: 'namespace keys? prefix? deleteExtra? confirm?',
  signIn: 'method token? accountId? profile?',
  showActivity: 'source?',
  pauseActivity: '',
  resumeActivity: '',
  filterActivity: 'text? namespace?',
  clearActivity: '',
  saveActivity: 'to',
  closeActivity: '',
  signOut: 'accounts? confirm?',
  selectAccounts: 'accounts',
  showLog: 'namespace? prefix?',
  openSettings: '',
  openWalkthrough: '',
};

/** Values that stand for nothing: a variable that nobody has filled. */
const EMPTY: readonly unknown[] = ['', [], {}, null];
/** Fields for which some of these are something: an empty value, any JSON, no expiration, no account. */
const meaning: Readonly<Record<string, readonly unknown[]>> = {
  value: [''],
  metadata: EMPTY,
  expiration: [null],
  expirationTtl: [],
  accounts: [[]],
};

describe('argument objects', () => {
  const kv = testNamespace('host-arguments');
  const { namespace } = kv;
  const key = freshKey();
  before(() => kv.put(key, 'value'));
  afterEach(async () => assert.equal((await kv.get(key))?.value, 'value', 'nothing was written'));

  /** Fields that a command would be right with, of which each test spoils one. */
  const right = (): Readonly<Record<string, unknown>> => ({
    namespace,
    namespaces: [namespace],
    left: namespace,
    right: namespace,
    to: namespace,
    from: namespace,
    key,
    keys: [key],
    newKey: 'other',
    text: 'x',
    uri: kv.uri(key),
    config: kv.uri(key),
    source: 'x',
    title: 'x',
    account: 'x',
    accounts: ['x'],
    job: 'copy',
    method: 'token',
    binding: 'X',
    onConflict: 'fail',
    expiration: null,
    value: 'x',
  });
  const rightFor = (name: (typeof commandNames)[number]): Record<string, unknown> => {
    const { shape } = commands[name].args;
    const needed = Object.keys(shape).filter((field) => shape[field]?.isOptional === false);
    const files = { to: kv.uri(key), from: kv.uri(key) };
    const isFile = ['importKeys', 'importFile', 'exportKeys', 'saveKeyAs', 'saveActivity', 'deleteKeysInFile'].includes(
      name,
    );
    const given: Readonly<Record<string, unknown>> = {
      ...right(),
      ...(isFile && files),
      ...(name === 'copyKeys' && { from: { namespace } }),
    };
    return Object.fromEntries(needed.map((field) => [field, given[field]]));
  };

  it('have the fields that are documented, and no others', () => {
    for (const name of commandNames) {
      const { shape } = commands[name].args;
      const fields = Object.entries(shape).map(([field, { isOptional }]) => `${field}${isOptional ? '?' : ''}`);
      assert.deepEqual(
        fields.sort(),
        taken[name]
          .split(' ')
          .filter((field) => field !== '')
          .sort(),
        name,
      );
    }
  });

  it('with any of their fields empty are refused by its name, unless that means something', async () => {
    for (const name of commandNames) {
      for (const field of Object.keys(commands[name].args.shape)) {
        const content = (name === 'putKey' || name === 'putFile') && field !== 'from' && { value: 'x' };
        for (const empty of EMPTY) {
          if (meaning[field]?.some((one) => JSON.stringify(one) === JSON.stringify(empty))) continue;
          const given = { ...rightFor(name), ...content, [field]: empty };
          const says = field === 'key' || field === 'newKey' || field === 'keys' ? /key/i : field;
          await expectKvError(run(name, given), 'invalidInput', says);
        }
      }
    }
  });

  it('that miss a field which they need are refused by its name', async () => {
    for (const name of commandNames) {
      for (const field of Object.keys(rightFor(name))) {
        const { [field]: _, ...rest } = rightFor(name);
        await expectKvError(run(name, rest), 'invalidInput', field);
      }
    }
  });

  it('with a field that no command has are refused by its name', async () => {
    for (const name of commandNames) {
      await expectKvError(run(name, { ...rightFor(name), expirationTTL: 60 }), 'invalidInput', '“expirationTTL”');
    }
  });

  it('with an empty prefix are refused by its name: it never means all', async () => {
    for (const name of commandNames) {
      await expectKvError(run(name, { ...rightFor(name), prefix: '' }), 'invalidInput', '“prefix”');
    }
  });

  it('with any of their fields of a wrong type are refused by its name', async () => {
    for (const name of commandNames) {
      for (const field of Object.keys(commands[name].args.shape)) {
        // A function is no JSON value, and nothing else either.
        const content = (name === 'putKey' || name === 'putFile') && field !== 'from' && { value: 'x' };
        const wrong = { ...rightFor(name), ...content, [field]: () => 0 };
        await expectKvError(run(name, wrong), 'invalidInput', field);
      }
    }
  });

  it('with an unknown field inside another are refused by its whole name', async () => {
    const to = testNamespace('host-arguments-to').namespace;
    for (const [from, says] of [
      [{ namespace, prefixes: ['a'] }, '“from.prefixes”'],
      [{ namespace, prefix: '' }, '“from.prefix”'],
      [{ namespace, keys: [] }, '“from.keys”'],
      [{ namespace: { ...namespace, name: 'x' } }, '“from.namespace.name”'],
    ] as const) {
      await expectKvError(run('copyKeys', { from, to, confirm: true }), 'invalidInput', says);
    }
    await expectKvError(run('openKey', { namespace: { ...namespace, key }, key }), 'invalidInput', '“namespace.key”');
  });

  it('clear, delete and write nothing for a field that is mistaken', async () => {
    for (const [name, args] of [
      ['clearNamespace', { prefix: 'x' }],
      ['deleteKeys', { prefix: '' }],
      ['deleteKeys', { keys: [] }],
      ['putKey', { key, value: 'other', expirationTTL: 60 }],
    ] as const) {
      await expectKvError(run(name, { namespace, confirm: true, ...args }), 'invalidInput');
    }
  });

  it('take a namespace as the API lists it', async () => {
    const listed = { ...namespace, sourceKind: 'local', title: 'x', bindings: [] };
    assert.deepEqual(await run('openKey', { namespace: listed, key }), { namespace, key });
    await closeEditors();
  });

  it('of what is asked about can be answered beforehand', async () => {
    for (const name of ['putKey', 'newKey', 'setExpiration', 'renameKey', 'duplicateKey'] as const) {
      assert.ok('confirm' in commands[name].args.shape, name);
    }
  });
});
