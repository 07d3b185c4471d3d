/** The browser that a test looks through, and where it leaves what it saw. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../../../build/vscode-host/location.mjs";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The repository's folder: tests are started in it. */
export const root = process.env.GREEN_THREADS_ROOT ?? process.cwd();

/** Screenshots and logs of the tests; not in the repository. */
export const resultsDirectory = join(root, "test-results");

export async function startBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("no Chromium on the PATH: install chromium, or set GREEN_THREADS_CHROMIUM");
  mkdirSync(resultsDirectory, { recursive: true });
  return await chromium.launch({ executablePath, args: flags });
}

/** A page as large as a laptop's screen, at the density of its pictures in the README. */
export async function openPage(browser: Browser, options: { scale?: number } = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    deviceScaleFactor: options.scale ?? 1,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  return await context.newPage();
}
