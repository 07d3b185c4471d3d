/** The same extension in VS Code's browser extension host, where there is no Node: no processes, no plain paths. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { openPage, resultsDirectory, startBrowser } from "./harness/browser.js";
import { DebugView } from "./harness/debug-view.js";
import { extensionPackage } from "./harness/package-extension.js";
import { lineOf, sampleText, sampleTitle } from "./harness/sample.js";
import { scenario } from "./harness/scenario.js";
import { startVscodeServer, type VscodeServer } from "./harness/vscode-server.js";
import { Workbench } from "./harness/workbench.js";

describe("In the browser's extension host", () => {
  let server: VscodeServer | undefined;
  let browser: Browser | undefined;
  let workbench: Workbench;
  let debugView: DebugView;
  /** Scripts that a web worker of the page loaded: the extension's browser bundle must be among them. */
  const loaded: string[] = [];
  const step = scenario();
  const yieldLine = lineOf(sampleText("counters"), /^\s+call\s+gt_yield/);

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startVscodeServer({
      vsix: [extensionPackage()],
      settings: { "remote.extensionKind": { "green-threads.green-threads": ["web"] } },
      log: `${resultsDirectory}/browser-host-server.log`,
    });
    const page = await openPage(browser);
    page.context().on("request", (request) => loaded.push(request.url()));
    workbench = await Workbench.open(page, server.port, server.workspace, "browser-host");
    debugView = new DebugView(workbench);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  step("opens the sample from the picker", async () => {
    await workbench.command("Green Threads: Open Sample");
    await workbench.pick(sampleTitle("counters"));
    await workbench.pickMatching(/Copy to workspace/);
    await workbench.pickMatching(/Only open it/);
    await workbench.visible("the editor of counters.s", workbench.tab("counters.s"));
    await workbench.clearNotifications();
    expect(loaded.some((url) => url.includes("extension.browser.js"))).toBe(true);
  });

  step("stops at a breakpoint with three threads, in the sample's source", async () => {
    await workbench.setBreakpoint(yieldLine);
    await debugView.start();
    await debugView.untilThreads([/main/, /counter_one/, /counter_two/]);
    expect(await workbench.currentLine()).toBe(yieldLine);
    await workbench.screenshot("1-stopped");
  });

  step("runs to the end", async () => {
    await workbench.removeBreakpoint(yieldLine);
    await debugView.press("Continue");
    await debugView.ended();
    await debugView.untilConsoleShows("THREAD 2 FINISHED");
  });
});
