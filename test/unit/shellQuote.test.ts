import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { quotedWithVariable, type Shell, shellAt, shellQuote } from '../../src/core/text/shellQuote.ts';

const AWKWARD = [
  '=x',
  'a,b',
  '@home',
  'plain',
  'with space',
  "it's",
  '“”‘’',
  '"',
  '\\',
  'a\\',
  '$HOME',
  '`id`',
  '%PATH%',
  '~',
  '*',
  '!',
  '',
];

describe('words of a command line', () => {
  for (const [program, shell] of [
    ['sh', 'posix'],
    ['bash', 'posix'],
    ['zsh', 'posix'],
    ['fish', 'fish'],
    ['pwsh', 'powershell'],
  ] as const) {
    it(`mean themselves in ${program}`, function () {
      if (spawnSync(program, ['-c', 'exit 0']).error) return this.skip();
      const script = 'for (const word of process.argv.slice(1)) console.log(JSON.stringify(word))';
      const words = [process.execPath, '-e', script, '--', ...AWKWARD].map((word) => shellQuote(word, shell));
      const line = `${shell === 'powershell' ? '& ' : ''}${words.join(' ')}`;
      const said = execFileSync(program, ['-c', line], { encoding: 'utf8' });
      assert.deepEqual(
        said
          .trim()
          .split('\n')
          .map((word) => JSON.parse(word)),
        AWKWARD,
      );
    });
  }

  it('are quoted where a shell reads more into them', () => {
    const quoted: Readonly<Record<Shell, readonly string[]>> = {
      posix: ["'=x'", 'a,b', '@home', 'a=b', "'it'\\''s'", '--namespace-id'],
      fish: ["'=x'", 'a,b', '@home', 'a=b', "'it\\'s'", '--namespace-id'],
      powershell: ["'=x'", "'a,b'", "'@home'", "'a=b'", "'it''s'", '--namespace-id'],
      windowsPowershell: ["'=x'", "'a,b'", "'@home'", "'a=b'", "'it''s'", '--namespace-id'],
      cmd: ['"=x"', '"a,b"', '@home', '"a=b"', '"it\'s"', '--namespace-id'],
    };
    for (const [shell, expected] of Object.entries(quoted)) {
      const words = ['=x', 'a,b', '@home', 'a=b', "it's", '--namespace-id'];
      assert.deepEqual(
        words.map((word) => shellQuote(word, shell as Shell)),
        expected,
        shell,
      );
    }
    assert.equal(shellQuote('say "hi"', 'windowsPowershell'), `'say \\"hi\\"'`);
    assert.equal(shellQuote('say "hi"', 'powershell'), `'say "hi"'`);
    assert.equal(shellQuote('say "hi"', 'cmd'), '"say ""hi"""');
    assert.equal(shellQuote('‘x’', 'powershell'), "'‘‘x’’'");
  });

  it('are for the shell of new terminals', () => {
    assert.deepEqual(
      [
        shellAt('/bin/zsh', 'darwin'),
        shellAt('/usr/bin/fish', 'linux'),
        shellAt('C:\\Program Files\\PowerShell\\7\\pwsh.exe', 'win32'),
        shellAt('C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe', 'win32'),
        shellAt('C:\\WINDOWS\\System32\\cmd.exe', 'win32'),
        shellAt('C:\\Program Files\\Git\\bin\\bash.exe', 'win32'),
        shellAt('', 'win32'),
        shellAt('', 'linux'),
      ],
      ['posix', 'fish', 'powershell', 'windowsPowershell', 'cmd', 'posix', 'windowsPowershell', 'posix'],
    );
  });

  it('take a variable of the environment in', () => {
    assert.equal(quotedWithVariable('Bearer ', 'TOKEN', 'posix'), '"Bearer $TOKEN"');
    assert.equal(quotedWithVariable('Bearer ', 'TOKEN', 'windowsPowershell'), '"Bearer $env:TOKEN"');
    assert.equal(quotedWithVariable('Bearer ', 'TOKEN', 'cmd'), '"Bearer %TOKEN%"');
  });
});
