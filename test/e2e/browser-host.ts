/** The same extension in VS Code's browser extension host, where there is no Node: no processes, no plain paths. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { DebugView } from "./harness/debug-view.js";
import { lineOf, sampleText } from "./harness/sample.js";
import { scenario } from "./harness/scenario.js";
import { VscodeWindow } from "./harness/window.js";
import type { Workbench } from "./harness/workbench.js";

describe("In the browser's extension host", () => {
  let window: VscodeWindow | undefined;
  let workbench: Workbench;
  let debugView: DebugView;
  /** Scripts that a web worker of the page loaded: the extension's browser bundle must be among them. */
  const loaded: string[] = [];
  const step = scenario();
  const yieldLine = lineOf(sampleText("counters"), /^\s+call\s+gt_yield/);

  beforeAll(async () => {
    const settings = { "remote.extensionKind": { "green-threads.green-threads": ["web"] } };
    window = await VscodeWindow.open("browser-host", settings, (page) =>
      page.context().on("request", (request) => loaded.push(request.url())),
    );
    ({ workbench, debugView } = window);
  });

  afterAll(() => window?.close());

  step("opens the sample from the picker", async () => {
    await window?.openSample("counters", /Only open it/);
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
