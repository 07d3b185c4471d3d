/**
 * Runs the extension-host suites in a real VS Code that is served to a browser.   node build/run.mjs test/e2e/extension-host.ts
 * The extension is taken from this folder: build it before.
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { openPage, resultsDirectory, root, startBrowser } from "./harness/browser.js";
import { buildSuite } from "./harness/build-suite.js";
import { startVscodeServer } from "./harness/vscode-server.js";

const longestRun = 180_000;

const tests = await buildSuite();
const browser = await startBrowser();
const everything = createWriteStream(join(resultsDirectory, "extension-host.log"));
try {
  const server = await startVscodeServer({
    smokeTestDriver: true,
    log: join(resultsDirectory, "extension-host-server.log"),
  });
  try {
    const page = await openPage(browser);
    const ended = new Promise<number>((resolve, reject) => {
      void page.exposeFunction("codeAutomationExit", resolve);
      void page.exposeFunction("codeAutomationLog", (_type: string, parameters: unknown[]) => {
        const text = parameters.map(String).join(" ");
        everything.write(`${text}\n`);
        // The suites' own lines; VS Code says much besides.
        if (/^(\s+[✓✗]|\d+ passed, \d+ failed)/.test(text)) console.log(text);
      });
      setTimeout(() => reject(new Error(`the suites did not end within ${longestRun / 1000} s`)), longestRun).unref();
    });
    const authority = `127.0.0.1:${server.port}`;
    const remote = (path: string) => `vscode-remote://${authority}${path}`;
    const payload = [
      ["extensionDevelopmentPath", remote(root.replace(/\/$/, ""))],
      ["extensionTestsPath", remote(tests)],
      ["skipWelcome", "true"],
      ["enableProposedApi", ""],
    ];
    const query = new URLSearchParams({ folder: server.workspace, payload: JSON.stringify(payload) });
    await page.goto(`http://${authority}/?${query}`);
    try {
      process.exitCode = await ended;
    } catch (error) {
      await page.screenshot({ path: join(resultsDirectory, "extension-host-failure.png") });
      throw error;
    } finally {
      await page.close();
    }
  } finally {
    await server.stop();
  }
} finally {
  await browser.close();
}
