import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  activityViewId,
  commandId,
  commandNames,
  contextKeys,
  enterCommand,
  entryScheme,
  keysScheme,
  pageNames,
  pageType,
  planLanguage,
  resultsLanguage,
  toolNames,
  valueLanguage,
  valueScheme,
  viewContainerId,
  viewId,
} from '../../src/ids.ts';
import { CODES } from '../../src/language/code/diagnostics/finding.ts';
import { settingTypes } from '../../src/settingTypes.ts';
import { CONFIG_CHECKS } from '../../src/wrangler/checkOutline.ts';

interface Setting {
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly order?: number;
  readonly scope?: string;
  readonly propertyNames?: { readonly enum: readonly string[] };
  readonly description?: string;
  readonly markdownDescription?: string;
}

interface Tool {
  readonly name: string;
  readonly displayName: string;
  readonly userDescription: string;
  readonly modelDescription: string;
  readonly canBeReferencedInPrompt: boolean;
  readonly toolReferenceName: string;
  readonly when?: string;
  readonly inputSchema: {
    readonly properties: Readonly<Record<string, { readonly description: string }>>;
    readonly required: readonly string[];
    readonly additionalProperties: boolean;
  };
}

interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly group?: string;
}

interface Manifest {
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly activationEvents: readonly string[];
  readonly extensionKind: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: unknown;
      readonly restrictedConfigurations?: readonly string[];
    };
    readonly virtualWorkspaces: { readonly supported: unknown };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category?: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
    readonly configurationDefaults: Readonly<Record<string, unknown>>;
    readonly keybindings: readonly { readonly command: string; readonly when?: string }[];
    readonly languages: readonly { readonly id: string }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly submenus?: readonly { readonly id: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string }[] };
    readonly languageModelTools: readonly Tool[];
    readonly jsonValidation: readonly { readonly url: string }[];
  };
}

const root = join(import.meta.dirname, '..', '..');
const read = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), 'utf8'));
const manifest: Manifest = read('package.json');
const texts: Readonly<Record<string, string>> = read('package.nls.json');
const { contributes } = manifest;
const sources = globSync('src/**/*.ts', { cwd: root })
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');
const commands = contributes.commands.map(({ command }) => command);
const menus = Object.entries(contributes.menus);

/** Every text in a JSON value, with the way to it. */
function* strings(value: unknown, path: readonly string[] = []): Generator<{ path: string; text: string }> {
  if (typeof value === 'string') yield { path: path.join('.'), text: value };
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) yield* strings(item, [...path, name]);
  }
}

/**
 * Whether a `when` of the view, of conditions joined by `&&`, lets its entry stand on a row with this context value.
 */
const isShownOn = (row: string, when: string): boolean =>
  when.split(' && ').every((condition) => {
    const [, not, pattern] = /^(!\()?viewItem =~ \/(.+)\/\)?$/.exec(condition) ?? [];
    return pattern === undefined || new RegExp(pattern).test(row) === (not === undefined);
  });

describe('the manifest', () => {
  it('has the commands of the code, and no others', () => {
    assert.deepEqual([...commands].sort(), commandNames.map(commandId).sort());
    assert.equal(new Set(commands).size, commands.length);
  });

  it('has the view, its container, the language and the schemes of the code', () => {
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map(({ id }) => id),
      [viewContainerId],
    );
    assert.deepEqual(
      contributes.views[viewContainerId]?.map(({ id }) => id),
      [viewId, activityViewId],
    );
    assert.deepEqual(
      contributes.languages.map(({ id }) => id),
      [valueLanguage, planLanguage, resultsLanguage],
    );
    assert.ok(`[${valueLanguage}]` in contributes.configurationDefaults);
    for (const language of [planLanguage, resultsLanguage]) {
      assert.deepEqual(contributes.configurationDefaults[`[${language}]`], { 'editor.wordWrap': 'on' });
    }
    for (const scheme of [valueScheme, entryScheme, keysScheme]) {
      assert.ok(manifest.activationEvents.includes(`onFileSystem:${scheme}`), scheme);
    }
  });

  it('is activated by file systems, pages and wrangler configs only, VS Code adds views and commands by itself', () => {
    assert.deepEqual(
      manifest.activationEvents.filter((event) => !event.startsWith('onFileSystem:')),
      [
        // A page that comes back with the window.
        ...pageNames.map((name) => `onWebviewPanel:${pageType(name)}`),
        // Help in these files need not wait for the view.
        ...['wrangler.toml', 'wrangler.json', 'wrangler.jsonc'].map((name) => `workspaceContains:**/${name}`),
      ],
    );
  });

  it('has the settings of the code with their defaults, and no others', () => {
    const inCode = Object.values(settingTypes).map(({ id, default: byDefault }) => [`cloudflareKv.${id}`, byDefault]);
    const described = Object.entries(contributes.configuration.properties).map(([name, setting]) => [
      name,
      setting.default,
    ]);
    assert.deepEqual(Object.fromEntries(described), Object.fromEntries(inCode));
  });

  it('uses context keys that the code sets, and the code sets those that it uses', () => {
    const used = new Set(JSON.stringify(manifest).match(/cloudflareKv:\w+/g));
    assert.deepEqual(
      [...used].filter((key) => !Object.values<string>(contextKeys).includes(key)),
      [],
    );
    for (const name of Object.keys(contextKeys)) assert.ok(sources.includes(`contextKeys.${name}`), name);
  });

  it('describes, orders and scopes every setting', () => {
    const scopes = ['application', 'machine', 'machine-overridable', 'window', 'resource', 'language-overridable'];
    const properties = Object.entries(contributes.configuration.properties);
    for (const [name, setting] of properties) {
      assert.match(setting.markdownDescription ?? '', /^%setting\./, name);
      assert.ok(scopes.includes(setting.scope ?? ''), `${name} has a scope`);
      assert.ok(setting.default !== undefined, `${name} has a default`);
    }
    assert.equal(new Set(properties.map(([, { order }]) => order ?? 'none')).size, properties.length);
  });

  it('offers every mistake that is told of where how grave it is can be set', () => {
    const { propertyNames } = contributes.configuration.properties['cloudflareKv.code.diagnostics'] ?? assert.fail();
    assert.deepEqual(propertyNames?.enum, [...CODES, ...CONFIG_CHECKS]);
    for (const code of [...CODES, ...CONFIG_CHECKS]) {
      assert.ok(existsSync(join(root, 'media', 'diagnostics', `${code}.md`)), code);
    }
  });

  it('lets no workspace choose a server, a program or a folder outside itself', () => {
    for (const [name, { scope }] of Object.entries(contributes.configuration.properties)) {
      if (/folder|path|url|server|executable|command/i.test(name) && !/ports$/i.test(name))
        assert.equal(scope, 'machine', name);
    }
  });

  it('restricts settings that exist, and says how it works without trust and without a disk', () => {
    const { untrustedWorkspaces, virtualWorkspaces } = manifest.capabilities;
    for (const name of untrustedWorkspaces.restrictedConfigurations ?? []) {
      assert.ok(name in contributes.configuration.properties, name);
    }
    assert.equal(untrustedWorkspaces.supported, 'limited');
    assert.equal(virtualWorkspaces.supported, 'limited');
    assert.deepEqual(manifest.extensionKind, ['workspace']);
  });

  it('names every command for the palette, with one category', () => {
    for (const { command, title, category } of contributes.commands) {
      assert.equal(title, `%command.${command.replace(/^cloudflareKv\./, '')}%`);
      assert.equal(category, '%category%');
    }
    const hidden = contributes.menus.commandPalette?.filter(({ when }) => when === 'false') ?? [];
    // Those of the Explorer do what others do, which the palette has.
    assert.deepEqual(
      hidden.map(({ command }) => command),
      [commandId('importFile'), commandId('putFile')],
      'every other command works from the palette',
    );
  });

  it('has menus and keys of commands that exist, in groups', () => {
    const submenus = contributes.submenus?.map(({ id }) => id) ?? [];
    for (const [menu, items] of menus) {
      for (const { command, submenu, group } of items) {
        assert.ok(
          command === undefined ? submenus.includes(submenu ?? '') : commands.includes(command),
          `${menu}: ${command ?? submenu}`,
        );
        if (menu !== 'commandPalette') assert.match(group ?? '', /^\w+@\d+$/, `${menu}: ${command ?? submenu}`);
      }
    }
    for (const { command, when } of contributes.keybindings) {
      assert.ok([...commands, enterCommand].includes(command), command);
      assert.ok(when, `${command} has a key only somewhere`);
    }
  });

  it('shows two actions on a row at most', () => {
    const inline = contributes.menus['view/item/context']?.filter(({ group }) => group?.startsWith('inline')) ?? [];
    assert.ok(inline.length > 0);
    const rows = ['source', 'namespace', 'group', 'key'].flatMap((kind) =>
      ['.local.writable', '.remote.readonly'].flatMap((side) =>
        ['', '.filtered', '.pinned.filtered.paired.withoutId'].map((flags) => `${kind}${side}${flags}`),
      ),
    );
    for (const row of rows) assert.ok(inline.filter(({ when }) => isShownOn(row, when ?? '')).length <= 2, row);
    const onFiltered = inline.filter(({ when }) => isShownOn('namespace.local.writable.filtered', when ?? ''));
    assert.deepEqual(
      onFiltered.map(({ command }) => command),
      [commandId('filterByPrefix'), commandId('clearFilter')],
    );
  });

  it('has every text that a person reads in package.nls.json, and nothing more', () => {
    const used = new Set<string>();
    for (const { path, text } of strings(manifest)) {
      const name = /^%(.+)%$/.exec(text)?.[1];
      if (name === undefined) continue;
      used.add(name);
      assert.ok(name in texts, `${path}: ${name}`);
    }
    assert.deepEqual(
      Object.keys(texts).filter((name) => !used.has(name)),
      [],
    );
    for (const { path, text } of strings(contributes, ['contributes'])) {
      const isShown =
        /\.(title|name|label|description|markdownDescription|contents|contextualTitle|category|enumDescriptions|markdownEnumDescriptions|deprecationMessage)(\.|$)/.test(
          path,
        );
      const isLabelPattern = path.startsWith('contributes.resourceLabelFormatters');
      // Models read these, in English.
      const isForModels = /^contributes\.languageModelTools\.\d+\.(name|inputSchema\b.*)$/.test(path);
      if (isShown && !isLabelPattern && !isForModels) assert.match(text, /^%.+%$/, path);
    }
  });

  it('has the tools of the code for language models, with a name to refer to them and all that describes them', () => {
    const { languageModelTools: tools } = contributes;
    assert.deepEqual(
      tools.map(({ name, toolReferenceName }) => [name, toolReferenceName]),
      toolNames.map((name, at) => [name, ['kvNamespaces', 'kvKeys', 'kvValue', 'kvPut', 'kvDelete'][at]]),
    );
    for (const tool of tools) {
      assert.match(tool.displayName, /^%tool\.\w+\.displayName%$/);
      assert.match(tool.userDescription, /^%tool\.\w+\.userDescription%$/);
      assert.match(tool.modelDescription, /^[A-Z].*\.$/);
      assert.equal(tool.canBeReferencedInPrompt, true);
      const { properties, required, additionalProperties } = tool.inputSchema;
      assert.equal(additionalProperties, false);
      for (const name of required) assert.ok(name in properties, name);
      for (const { description } of Object.values(properties)) assert.match(description, /^[A-Z].*\.$/);
      const isOff = tool.when === 'config.cloudflareKv.tools.write';
      assert.equal(isOff, ['kvPut', 'kvDelete'].includes(tool.toolReferenceName), 'what writes is not offered before');
    }
  });

  it('links commands that exist in its texts', () => {
    for (const text of Object.values(texts)) {
      for (const [, command] of text.matchAll(/\(command:(cloudflareKv\.[\w.]+)/g))
        assert.ok(command === `${viewId}.focus` || commands.includes(command ?? ''), command);
      for (const [, setting] of text.matchAll(/`#(cloudflareKv\.[\w.]+)#`/g)) {
        assert.ok(setting !== undefined && setting in contributes.configuration.properties, setting);
      }
    }
  });

  it('promises no older VS Code than its types are of', () => {
    const oldest = /^\^(\d+\.\d+)\.\d+$/.exec(manifest.engines.vscode)?.[1];
    const types = manifest.devDependencies['@types/vscode'] ?? '';
    assert.equal(types.split('.').slice(0, 2).join('.'), oldest);
  });

  it('pins every package exactly', () => {
    for (const [name, version] of Object.entries({ ...manifest.devDependencies, ...manifest.dependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
    }
  });

  it('refers to files that exist', () => {
    for (const { text, path } of strings(manifest)) {
      if (/^\.?\/?media\//.test(text)) assert.ok(existsSync(join(root, text)), path);
    }
    for (const { url } of contributes.jsonValidation) assert.ok(existsSync(join(root, url)), url);
  });
});
