import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../src/commands/commands.lazy.ts';
import { type CommandName, commandId, commandNames } from '../../src/ids.ts';
import { eventually } from '../support/eventually.ts';
import { stub } from './stub.ts';
import { closeEditors, extension, run, testNamespace, withSettings } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

/** About a key, keys or a namespace, but never those that happen to be open. */
const notOfDocument: readonly CommandName[] = [
  ...(['openKey', 'createNamespace', 'renameNamespace', 'clearNamespace', 'deleteNamespace'] as const),
  ...(['importKeys', 'importFile', 'putFile', 'deleteKeysInFile', 'exportKeys', 'copyKeys', 'runInside'] as const),
  ...(['loadMore', 'loadAll'] as const),
  // They are about the open one only where it is of the side that they begin with, which these are not.
  'copyToLocal',
];
/** They find it in a way of their own. */
const inTheirWay: readonly CommandName[] = ['copyKeyName', 'findInCode', 'saveWithExpiration'];
const kinds = new Set(['key', 'keys', 'namespace', 'selection']);
const taking = commandNames.filter(
  (name) => inTheirWay.includes(name) || (kinds.has(commands[name].target.kind) && !notOfDocument.includes(name)),
);

/** Those that the title of the editor offers for a comparison too. */
function inTitle(): CommandName[] {
  const entries: readonly { command: string; when: string }[] =
    extension().packageJSON.contributes.menus['editor/title'];
  return taking.filter((name) =>
    entries.some(({ command, when }) => command === commandId(name) && !when.includes('!isInDiffEditor')),
  );
}

describe('a comparison of two keys', () => {
  const sides = { left: testNamespace('side-left'), right: testNamespace('side-right') };
  type Side = keyof typeof sides;
  const uriOf = (side: Side): vscode.Uri => sides[side].uri(`key-${side}`);
  let spy: WindowSpy;
  let picks: string[];
  before(async () => {
    for (const side of ['left', 'right'] as const) await sides[side].put(`key-${side}`, `value-${side}`);
  });
  beforeEach(() => {
    const { createQuickPick } = vscode.window;
    spy = new WindowSpy();
    picks = [];
    stub(vscode.window, 'createQuickPick', () => {
      const pick = createQuickPick();
      pick.onDidHide(() => picks.push(pick.title ?? ''));
      const show = pick.show.bind(pick);
      pick.show = () => {
        show();
        // Not in one message with what shows it.
        setTimeout(() => pick.hide(), 50);
      };
      return pick;
    });
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  /** Shows both, with the cursor in one of them. */
  const show = async (side: Side): Promise<void> => {
    await vscode.commands.executeCommand('vscode.diff', uriOf('left'), uriOf('right'), 'both');
    const half = side === 'left' ? 'Secondary' : 'Primary';
    await eventually(async () => {
      await vscode.commands.executeCommand(`workbench.action.compareEditor.focus${half}Side`);
      assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), uriOf(side).toString());
    });
  };
  /** All that a command asks, tells, copies, opens or selects in the view is about the document of that side. */
  const isAbout = async (side: Side, name: CommandName, ...args: readonly unknown[]): Promise<void> => {
    const other = side === 'left' ? 'right' : 'left';
    spy.asked.length = 0;
    picks.length = 0;
    await vscode.env.clipboard.writeText('');
    await run(name, ...args);
    if (name === 'toggleReadOnly') await run(name, ...args);
    // A page of ours gets its tab a moment later.
    await eventually(async () => {
      // So does the view hear of what is selected in it: until then it is what was selected before.
      if (name === 'revealKey') await run('copyKeyName', { from: 'selection' });
      const labels = vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .flatMap(({ input, label }) => (input instanceof vscode.TabInputTextDiff ? [] : label));
      const said = spy.asked.map(({ text, detail = '' }) => `${text} ${detail}`);
      const traced = [...said, ...picks, ...labels, await vscode.env.clipboard.readText()].join('\n');
      assert.match(traced, new RegExp(`-${side}\\b`), `${name}: ${traced}`);
      assert.doesNotMatch(traced, new RegExp(`-${other}\\b`), `${name}: ${traced}`);
    });
    if (vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).length > 1) await closeEditors();
  };
  const wide = (work: () => Promise<void>): Promise<void> =>
    withSettings({ 'diffEditor.useInlineViewWhenSpaceIsLimited': false }, work);

  for (const side of ['left', 'right'] as const) {
    it(`is for every command about a document that of the half with the cursor: the ${side} one`, () =>
      wide(async () => {
        assert.ok(taking.length > 20, taking.join());
        for (const name of taking) {
          await show(side);
          await isAbout(side, name);
        }
      }));
  }

  it('is so for its title too, which passes the right one', () =>
    wide(async () => {
      const titled = inTitle();
      assert.ok(titled.length > 3, titled.join());
      for (const side of ['left', 'right'] as const) {
        for (const name of titled) {
          await show(side);
          await isAbout(side, name, uriOf('right'), { groupId: 0 });
        }
      }
    }));

  it('changes nothing about a link in a message or a tooltip: that names the document which it means', () =>
    wide(async () => {
      for (const name of ['saveWithExpiration', 'editEntry', 'copyKeyName', 'saveKeyAs'] as const) {
        for (const side of ['left', 'right'] as const) {
          for (const given of [uriOf(side), uriOf(side).toJSON()]) {
            await show(side === 'left' ? 'right' : 'left');
            await isAbout(side, name, given);
          }
        }
      }
    }));
});
