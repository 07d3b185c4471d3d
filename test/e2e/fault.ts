/** A sample that ends in a fault, in the window of a real VS Code: the debugger explains what went wrong, and where. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { DebugView } from "./harness/debug-view.js";
import { lineOf, sampleText } from "./harness/sample.js";
import { scenario } from "./harness/scenario.js";
import { VscodeWindow } from "./harness/window.js";
import type { Workbench } from "./harness/workbench.js";

describe("A person debugs the misaligned sample", () => {
  let window: VscodeWindow | undefined;
  let workbench: Workbench;
  let debugView: DebugView;
  const step = scenario();
  const faultingLine = lineOf(sampleText("misaligned"), /^\s+movaps\s/);

  beforeAll(async () => {
    window = await VscodeWindow.open("fault", { "workbench.colorTheme": "Dark 2026" });
    ({ workbench, debugView } = window);
  });

  afterAll(() => window?.close());

  step("starts it from the picker, stopped at its first instruction", async () => {
    await window?.openSample("misaligned", /Start debugging/);
    await workbench.visible("a stop", debugView.button("Continue"));
    expect((await debugView.callStack())[0]?.text).toBe("_start");
  });

  step("runs into the fault and reads why", async () => {
    await workbench.widenSideBar(420);
    await debugView.press("Continue");
    const explanation = await workbench.visible("the explanation of the fault", workbench.exceptionWidget());
    await workbench.untilTrue(
      "the explanation to name the alignment",
      async () => /8 bytes off/.test((await explanation.textContent()) ?? ""),
      async () => (await explanation.textContent()) ?? "",
    );
    expect(await workbench.currentLine()).toBe(faultingLine);
    await workbench.documentationImage("fault");
  });
});
