import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generated, hostPackages } from './paths.ts';

export interface BundledChromium {
  readonly executablePath: string;
  /** What the browser needs in its environment: fonts, and libraries where the system has none. */
  readonly env: Readonly<Record<string, string>>;
}

function unpack(folder: string): void {
  mkdirSync(generated, { recursive: true });
  const work = mkdtempSync(join(generated, 'chromium-'));
  execFileSync(process.execPath, [join(import.meta.dirname, 'unpackChromium.ts')], {
    stdio: 'inherit',
    // The second one makes the package unpack its system libraries as well.
    env: { ...process.env, TMPDIR: work, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
  });
  writeFileSync(
    join(work, 'fonts.conf'),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fontsCache')}</cachedir>
</fontconfig>
`,
  );
  try {
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    if (!existsSync(folder)) {
      throw error;
    }
  }
}

function starts(executablePath: string, env: Readonly<Record<string, string>>): boolean {
  return spawnSync(executablePath, ['--version'], { env: { ...process.env, ...env } }).status === 0;
}

/** The Chromium inside the npm package (Linux x64), unpacked on first use. */
export function bundledChromium(): BundledChromium {
  const packageFile = join(hostPackages, '@sparticuz', 'chromium', 'package.json');
  const { version }: { version: string } = JSON.parse(readFileSync(packageFile, 'utf8'));
  const folder = join(generated, `chromium-${version}`);
  if (!existsSync(folder)) {
    unpack(folder);
  }
  const executablePath = join(folder, 'chromium');
  const fonts = { FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  const own = [join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  const withLibraries = { ...fonts, LD_LIBRARY_PATH: own };
  // The system's own libraries come first: those in the package are made for one distribution.
  const env = [fonts, withLibraries].find((candidate) => starts(executablePath, candidate));
  if (!env) {
    throw new Error('The Chromium from npm does not start here. Install Chromium, or name one in CHROMIUM.');
  }
  return { executablePath, env };
}
