/** A data breakpoint in the window of a real VS Code: a person learns which instruction writes a word. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { root } from "./harness/browser.js";
import type { DebugView } from "./harness/debug-view.js";
import { lineOf } from "./harness/sample.js";
import { scenario } from "./harness/scenario.js";
import { VscodeWindow } from "./harness/window.js";
import type { Workbench } from "./harness/workbench.js";

describe("A person watches a word of memory in the counters sample", () => {
  let window: VscodeWindow | undefined;
  let workbench: Workbench;
  let debugView: DebugView;
  let address = "";
  // The stop is behind the instruction that fills the first word in.
  const library = readFileSync(join(root, "runtime/guest/green_threads.s"), "utf8");
  const behindTheWrite = lineOf(library, /mov\s+%rdi, gt_runtime\+RUNTIME_COUNT/) + 1;
  const step = scenario();

  beforeAll(async () => {
    window = await VscodeWindow.open("data-breakpoint", { "workbench.colorTheme": "Dark 2026" });
    ({ workbench, debugView } = window);
  });

  afterAll(() => window?.close());

  step("starts the sample, stopped at its first instruction", async () => {
    await window?.openSample("counters", /Start debugging/);
    await workbench.visible("a stop", debugView.button("Continue"));
  });

  step("asks the Debug Console where the runtime keeps its state", async () => {
    await debugView.evaluate("&gt_runtime");
    await debugView.untilConsoleShows(/0x[0-9a-f]+ <gt_runtime>/);
    address = /(0x[0-9a-f]+) <gt_runtime>/.exec(await debugView.consoleText())?.[1] ?? "";
  });

  step("adds a data breakpoint at that address", async () => {
    await workbench.command("Add Data Breakpoint at Address");
    await workbench.answer(`${address} + 16`);
    await workbench.pickMatching(/^write/);
    await workbench.screenshot("added");
  });

  step("runs into the first write, and reads which instruction made it", async () => {
    await debugView.press("Continue");
    await workbench.untilTrue(
      "the stop in gt_init, which fills the word in",
      async () => (await debugView.callStack()).some(({ kind, text }) => kind === "frame" && text === "gt_init"),
      async () => JSON.stringify(await debugView.callStack()),
    );
    await debugView.untilStopMessage(/Paused on data breakpoint/);
    expect(await workbench.currentLine()).toBe(behindTheWrite);
    await workbench.screenshot("stopped");
  });
});
