import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { bundledChromium } from './bundledChromium.ts';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Starts the browser named in CHROMIUM, else an installed Chromium, Chrome or Edge, else the one from npm. */
export async function launchBrowser(): Promise<Browser> {
  const installed = process.env.CHROMIUM || usualPlaces.find((file) => existsSync(file));
  const { executablePath, env } = installed ? { executablePath: installed, env: {} } : bundledChromium();
  return await chromium.launch({
    executablePath,
    env: { ...process.env, ...env },
    // A page in a window that nobody sees must not be slowed down.
    args: ['--disable-renderer-backgrounding', '--disable-background-timer-throttling', '--disable-dev-shm-usage'],
  });
}
