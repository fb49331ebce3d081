import { existsSync } from 'node:fs';
import { peer } from './peers.js';

/** The part of Playwright that the test uses. */
export interface Page {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  close(): Promise<void>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  title(): Promise<string>;
  locator(selector: string, options?: { hasText: string | RegExp }): Locator;
  getByRole(role: string, options: { name: string | RegExp; exact?: boolean }): Locator;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  readonly keyboard: { press(key: string): Promise<void>; insertText(text: string): Promise<void> };
  waitForFunction(code: string): Promise<unknown>;
  evaluate<Result>(code: string): Promise<Result>;
}

interface Locator {
  click(): Promise<void>;
  waitFor(): Promise<void>;
  allInnerTexts(): Promise<string[]>;
  innerText(): Promise<string>;
}

export interface Browser {
  newPage(options: { viewport: { width: number; height: number } }): Promise<Page>;
  close(): Promise<void>;
}

/** Path of Chromium on Debian. */
const CHROMIUM = '/usr/bin/chromium';

export const hasBrowser = existsSync(CHROMIUM);

/** Starts a browser without background requests. */
export function startBrowser(): Promise<Browser> {
  const { chromium } = peer<{ chromium: { launch(options: object): Promise<Browser> } }>('playwright-core');
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
