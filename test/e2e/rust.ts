/** A program of Rust's compiler in the window of a real VS Code: green threads, frames and variables of the source. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { root } from "./harness/browser.js";
import type { DebugView } from "./harness/debug-view.js";
import { lineOf } from "./harness/sample.js";
import { scenario } from "./harness/scenario.js";
import { VscodeWindow } from "./harness/window.js";
import type { Workbench } from "./harness/workbench.js";

describe("A person debugs the runtime in Rust", () => {
  let window: VscodeWindow | undefined;
  let workbench: Workbench;
  let debugView: DebugView;
  const step = scenario();
  const source = readFileSync(join(root, "samples/rust-runtime/rust-runtime.rs"), "utf8");
  const yieldLine = lineOf(source, /^\s+yield_thread\(\);/);
  const first = /thread 1\b/;
  const second = /thread 2\b/;

  beforeAll(async () => {
    window = await VscodeWindow.open("rust", { "workbench.colorTheme": "Dark 2026" });
    ({ workbench, debugView } = window);
  });

  afterAll(() => window?.close());

  step("starts the sample from the picker: an executable, with its source beside it", async () => {
    await window?.openSample("rust-runtime", /Start debugging/, "rust-runtime.rs");
    await workbench.visible("a stop", debugView.button("Continue"));
    await workbench.widenSideBar(420);
  });

  step("sets a breakpoint in the source, and stops there in the first thread", async () => {
    await workbench.openFile("rust-runtime.rs");
    await workbench.setBreakpoint(yieldLine);
    await debugView.press("Continue");
    await debugView.untilThreads([/thread 0|base/, first, second]);
    expect(await workbench.currentLine()).toBe(yieldLine);
  });

  step("sees the variables of the function that yields, and of the thread that is parked", async () => {
    await debugView.giveRoomToCallStack();
    await debugView.press("Continue");
    await debugView.untilConsoleShows("thread: 2 counter: 0");
    await debugView.selectFrame(first, /count/);
    await debugView.untilVariable("id", /^1$/);
    await workbench.documentationImage("rust");
  });

  step("stops where one of the threads yields, and never where the other does", async () => {
    await workbench.removeBreakpoint(yieldLine);
    await debugView.giveFilterACondition("Yield", "thread.slot == 2");
    for (const count of [0, 1, 2]) {
      await debugView.press("Continue");
      await debugView.untilConsoleShows(`thread: 2 counter: ${count}`);
      await debugView.untilThreadStopped(second, /Paused on yield/i);
    }
    await workbench.screenshot("yield");
  });

  step("reads the instructions of the function, with its source between them", async () => {
    await workbench.command("Open Disassembly View");
    await debugView.untilDisassembled(/yield/);
    await workbench.screenshot("disassembly");
  });
});
