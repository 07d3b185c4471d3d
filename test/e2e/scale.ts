/** A hundred thousand green threads in the window of a real VS Code: pages, groups, the filter and the facts of a thread. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { root } from "./harness/browser.js";
import type { DebugView } from "./harness/debug-view.js";
import { lineOf } from "./harness/sample.js";
import { scenario } from "./harness/scenario.js";
import { VscodeWindow } from "./harness/window.js";
import type { Workbench } from "./harness/workbench.js";

describe("A person looks for one of a hundred thousand threads", () => {
  let window: VscodeWindow | undefined;
  let workbench: Workbench;
  let debugView: DebugView;
  const step = scenario();
  const source = readFileSync(join(root, "samples/hundred-thousand/hundred-thousand.c"), "utf8");

  beforeAll(async () => {
    window = await VscodeWindow.open("scale", { "workbench.colorTheme": "Dark 2026" });
    ({ workbench, debugView } = window);
  });

  afterAll(() => window?.close());

  const rows = () => workbench.page.locator(".customview-tree .monaco-list-row");
  const row = (text: string | RegExp) => rows().filter({ hasText: text });
  const title = (text: RegExp) =>
    workbench.page.locator('.pane-header[aria-label^="Green Threads"]').filter({ hasText: text });

  /** Unfolds a row of the tree. */
  async function unfold(text: string | RegExp): Promise<Locator> {
    const found = (await workbench.visible(`${text} in the tree`, row(text))).first();
    if ((await found.getAttribute("aria-expanded")) === "false") await found.locator(".monaco-tl-twistie").click();
    await workbench.untilTrue(`${text} to unfold`, async () => (await found.getAttribute("aria-expanded")) === "true");
    return found;
  }

  step("starts the sample, and stops when all threads have had their turns", async () => {
    await window?.openSample("hundred-thousand", /Start debugging/, "hundred-thousand.c");
    await workbench.visible("a stop", debugView.button("Continue"));
    await workbench.widenSideBar(480);
    await workbench.openFile("hundred-thousand.c");
    await workbench.setBreakpoint(lineOf(source, /^\s+printf\("%ld threads had/));
    await debugView.press("Continue");
    await debugView.untilConsoleShows("Showing 1,000 of 100,001 threads");
  });

  step("sees all of them in groups, with counts", async () => {
    for (const view of ["Watch", "Loaded Scripts", "Breakpoints", "Call Stack"]) await workbench.fold(view);
    await workbench.pane("Green Threads");
    await workbench.visible("the number of threads", title(/Green Threads\s*100,001 threads/));
    await workbench.visible("those that wait", row(/^Ready.*100,000/));
    await workbench.screenshot("groups");
  });

  step("unfolds a group down to its threads", async () => {
    await unfold(/^Ready/);
    await unfold(/^10,001 – 20,000/);
    await unfold(/^10,101 – 10,200/);
    await workbench.visible("a thread of that page", row(/ready in wait_for_turn/));
    await workbench.documentationImage("hundred-thousand");
  });

  step("finds one with the filter, with where it was created and switched out", async () => {
    await workbench.command("Green Threads: Filter Threads…");
    await workbench.answer("#54321");
    await workbench.visible("the filter in the title", title(/#54321: 1 of 100,001 threads/));
    await workbench.untilTrue("one thread", async () => (await row(/ready in/).count()) === 1);
    await unfold(/ready in/);
    await unfold(/^Created/);
    await workbench.visible("where it was switched out", row(/^Switched out/));
    await workbench.visible("the calls of its creation", row(/^main/));
    await workbench.screenshot("filtered");
  });

  step("goes to where it was created, and makes it the focused thread", async () => {
    await row(/^main/).first().click();
    const line = lineOf(source, /^\s+change\(&scheduler, current->rsp\);/);
    await workbench.visible("that line", workbench.page.locator(`.statusbar-item`, { hasText: `Ln ${line},` }));
    await row(/ready in/)
      .first()
      .hover();
    await row(/ready in/)
      .first()
      .locator('.action-label[aria-label^="Focus Thread"]')
      .click();
    const waits = lineOf(source, /^static void wait_for_turn/);
    await workbench.untilTrue("the line where it waits", async () => (await workbench.currentLine()) === waits);
    await workbench.fold("Green Threads");
    await workbench.visible("its variable", debugView.variableRow("self"));
    await debugView.unfoldScope("Thread");
    await debugView.untilVariable("id", /^54321$/);
    await debugView.untilVariable("runs", /^2$/);
    await workbench.screenshot("facts");
    expect(await debugView.variable("state")).toContain("ready");
  });

  step("shows all again", async () => {
    await workbench.pane("Green Threads");
    await workbench.command("Green Threads: Clear Filter of Threads");
    await workbench.visible("the number of threads alone", title(/Green Threads\s*100,001 threads/));
    await workbench.visible("the focused thread before the groups", row(/#54321 · ready in/));
    await workbench.visible("the groups", row(/^Ready.*100,000/));
    await workbench.screenshot("focused");
  });
});
