/**
 * A person's first minutes with Green Threads, in the window of a real VS Code: the sample, the breakpoint on yield,
 * three threads, a parked one's registers and stack, a step over a yield, the end. Leaves a picture of each.
 */
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { DebugView } from "./harness/debug-view.js";
import { lineOf, sampleText } from "./harness/sample.js";
import { scenario } from "./harness/scenario.js";
import { VscodeWindow } from "./harness/window.js";
import type { Workbench } from "./harness/workbench.js";

const counters = sampleText("counters");
const yieldLine = lineOf(counters, /^\s+call\s+gt_yield/);

const main = /main/;
const one = /counter_one/;
const two = /counter_two/;

describe("A person debugs the counters sample", () => {
  let window: VscodeWindow | undefined;
  let workbench: Workbench;
  let debugView: DebugView;
  const step = scenario();

  beforeAll(async () => {
    window = await VscodeWindow.open("person", { "workbench.colorTheme": "Dark 2026" });
    ({ workbench, debugView } = window);
  });

  afterAll(() => window?.close());

  step("opens the sample from the picker, copied into the workspace", async () => {
    await window?.openSample("counters", /Only open it/);
  });

  step("sets a breakpoint on a yield and presses F5", async () => {
    await workbench.setBreakpoint(yieldLine);
    await debugView.start();
    await debugView.untilThreads([main, one, two]);
    await workbench.widenSideBar(420);
    expect(await workbench.currentLine()).toBe(yieldLine);
  });

  step("sees three threads in CALL STACK, each with its own frames", async () => {
    await debugView.giveRoomToCallStack();
    const frames = async (thread: RegExp) => (await debugView.unfoldThread(thread)).map((frame) => frame.text);
    expect((await frames(one))[0]).toMatch(/counter_one/);
    expect((await frames(two))[0]).toMatch(/counter_two/);
    expect((await frames(main)).join()).toMatch(/main/);
    await debugView.showAllFrames(two);
    expect(await frames(two)).toEqual(["counter_two", "skip", "guard"]);
    await workbench.documentationImage("three-threads");
  });

  step("continues to the second yield of thread 1: the others have run meanwhile", async () => {
    await debugView.press("Continue");
    await debugView.untilConsoleShows("thread: 2 counter: 0");
    await debugView.untilThreads([main, one, two]);
    expect(await workbench.currentLine()).toBe(yieldLine);
  });

  step("selects a parked thread and sees its registers", async () => {
    await debugView.selectFrame(one, /counter_one/);
    await debugView.unfoldScope("General");
    await debugView.untilVariable("rip", /counter_one/);
    // VARIABLES may still show the stop before, where rip was in the same function.
    await debugView.untilVariable("rbx", /^(0x)?1\b/);
    await debugView.selectFrame(two, /counter_two/);
    await debugView.unfoldScope("General");
    await debugView.untilVariable("rip", /counter_two/);
    await debugView.untilVariable("rbx", /^(0x)?0\b/);
    await workbench.documentationImage("parked-registers");
  });

  step("sees the green threads with their states and stacks in the tree", async () => {
    await debugView.selectFrame(one, /counter_one/);
    const tree = await workbench.pane("Green Threads");
    const rows = tree.locator(".monaco-list-row");
    await workbench.visible("the green threads in the tree", rows.filter({ hasText: /counter_one/ }));
    const texts = (await rows.allTextContents()).join("\n");
    expect(texts).toMatch(/running/);
    expect(texts).toMatch(/ready/);
    expect(texts).toMatch(/of 2 MiB/);
  });

  step("opens the parked thread's stack in the memory inspector", async () => {
    await workbench.command("Green Threads: Show Thread's Stack in Memory Inspector");
    await workbench.pickMatching(/counter_two/);
    await workbench.fold("Variables");
    await workbench.raisePanel(400);
    const page = workbench.webview();
    await workbench.visible("the word `guard` in the memory inspector", page.getByText(/guard/).first());
    await workbench.visible("the saved return address", page.getByText(/return address/i).first());
    await workbench.documentationImage("memory-inspector");
  });

  step("steps over the yield and lands on the next line of the same thread", async () => {
    await workbench.panelTab("Debug Console");
    await workbench.pane("Variables");
    await debugView.giveRoomToCallStack();
    await debugView.selectFrame(one, /counter_one/);
    await debugView.press("Step Over");
    await workbench.untilTrue(
      `the current line to be ${yieldLine + 1}`,
      async () => (await workbench.currentLine()) === yieldLine + 1,
      async () => String(await workbench.currentLine()),
    );
    await debugView.untilConsoleShows("thread: 2 counter: 1");
    expect((await debugView.unfoldThread(one))[0]?.text).toMatch(/counter_one/);
    await workbench.screenshot("after-the-yield");
  });

  step("sees the same in a light theme", async () => {
    await workbench.colorTheme("Light 2026");
    await workbench.documentationImage("light");
    await workbench.colorTheme("Dark 2026");
  });

  step("sees thread 1 and then thread 2 finish", async () => {
    await workbench.removeBreakpoint(yieldLine);
    await debugView.toggleBreakpointFilter("Thread finished");
    await debugView.giveRoomToCallStack();
    await debugView.press("Continue");
    await debugView.untilConsoleShows("THREAD 1 FINISHED");
    await workbench.visible("a stop", debugView.button("Continue"));
    await debugView.press("Continue");
    await debugView.untilConsoleShows("THREAD 2 FINISHED");
    await debugView.untilThreads([main, two]);
    await debugView.untilFrames(two, [/gt_return/, /guard/]);
    await debugView.untilVariable("rsp", /stack of thread 2/);
    await workbench.screenshot("thread-2-finished");
  });

  step("sees the program end, with its whole output", async () => {
    await debugView.press("Continue");
    await debugView.ended();
    await debugView.untilConsoleShows("thread: 2 counter: 14");
    await workbench.screenshot("the-end");
  });
});
