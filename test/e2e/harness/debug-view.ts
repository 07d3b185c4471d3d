/** The Run and Debug views and the debug toolbar, as a person reads and clicks them. */
import type { Locator } from "playwright-core";
import type { Workbench } from "./workbench.js";

/** A row of CALL STACK as it stands on the screen. */
export interface CallStackRow {
  readonly kind: "session" | "thread" | "frame" | "other";
  /** Name of the thread, label of the frame. */
  readonly text: string;
  /** The thread's state, or the frame's file and line. */
  readonly detail: string;
}

export type ToolbarButton = "Continue" | "Pause" | "Step Over" | "Step Into" | "Step Out" | "Restart" | "Stop";

export class DebugView {
  constructor(private readonly workbench: Workbench) {}

  private get page() {
    return this.workbench.page;
  }

  /** Starts debugging the file of the active editor, and waits for the toolbar. */
  async start(): Promise<void> {
    await this.workbench.command("Debug: Start Debugging");
    await this.workbench.visible("the debug toolbar", this.toolbar());
  }

  toolbar(): Locator {
    return this.page.locator(".debug-toolbar");
  }

  button(name: ToolbarButton): Locator {
    return this.page.locator(`.debug-toolbar .action-label[aria-label^="${name}"]`);
  }

  async press(name: ToolbarButton): Promise<void> {
    const button = this.page.locator(`.debug-toolbar .action-label[aria-label^="${name}"]:not(.disabled)`);
    await this.workbench.until(`the button "${name}" of the debug toolbar`, () =>
      button.first().click({ timeout: 20_000 }),
    );
  }

  async ended(): Promise<void> {
    await this.workbench.gone("the debug toolbar", this.toolbar());
  }

  // CALL STACK

  private callStackRows(): Locator {
    return this.page.locator(".debug-call-stack .monaco-list-row");
  }

  /** Waits until the header of CALL STACK says why the program has stopped, as it does while there is one thread. */
  async untilStopMessage(message: RegExp): Promise<void> {
    const header = this.page.locator('.pane-header[aria-label^="Call Stack"]').filter({ hasText: message });
    await this.workbench.visible(`${message} in the header of CALL STACK`, header);
  }

  threadRow(name: RegExp): Locator {
    return this.callStackRows().filter({ has: this.page.locator(".thread .name", { hasText: name }) });
  }

  /** All rows on the screen from top to bottom. */
  async callStack(): Promise<CallStackRow[]> {
    const rows = await this.callStackRows().evaluateAll((elements) =>
      elements
        .sort((a, b) => Number(a.getAttribute("data-index")) - Number(b.getAttribute("data-index")))
        .map((element) => {
          const text = (selector: string) => element.querySelector(selector)?.textContent?.trim() ?? "";
          if (element.querySelector(".thread")) return ["thread", text(".thread .name"), text(".thread .state")];
          if (element.querySelector(".stack-frame")) {
            return ["frame", text(".stack-frame .label"), `${text(".file-name")}:${text(".line-number")}`];
          }
          if (element.querySelector(".session")) return ["session", text(".session .name"), text(".session .state")];
          return ["other", element.textContent ?? "", ""];
        }),
    );
    return rows.map(([kind, text, detail]) => ({ kind, text, detail }) as CallStackRow);
  }

  async threads(): Promise<CallStackRow[]> {
    return (await this.callStack()).filter((row) => row.kind === "thread");
  }

  /** The frames under a thread's row, innermost first; none when it is folded. */
  async framesOf(thread: RegExp): Promise<CallStackRow[]> {
    const rows = await this.callStack();
    const start = rows.findIndex((row) => row.kind === "thread" && thread.test(row.text));
    if (start < 0) return [];
    const frames: CallStackRow[] = [];
    for (const row of rows.slice(start + 1)) {
      if (row.kind === "thread" || row.kind === "session") break;
      if (row.kind === "frame") frames.push(row);
    }
    return frames;
  }

  /** Waits until CALL STACK lists these threads, in any order. */
  async untilThreads(names: readonly RegExp[]): Promise<void> {
    await this.workbench.untilTrue(
      `CALL STACK to list ${names.length} threads: ${names.map((name) => name.source).join(", ")}`,
      async () => {
        const threads = await this.threads();
        return threads.length === names.length && names.every((name) => threads.some((row) => name.test(row.text)));
      },
      async () => JSON.stringify(await this.callStack()),
    );
  }

  /** Unfolds a thread, if it is not, and waits for its frames. */
  async unfoldThread(name: RegExp): Promise<CallStackRow[]> {
    const row = await this.workbench.visible(`the thread ${name.source} in CALL STACK`, this.threadRow(name));
    if ((await row.first().getAttribute("aria-expanded")) === "false") {
      await row.first().locator(".monaco-tl-twistie").click();
    }
    await this.workbench.untilTrue(
      `the frames of ${name.source}`,
      async () => (await this.framesOf(name)).length > 0,
      async () => JSON.stringify(await this.callStack()),
    );
    return await this.framesOf(name);
  }

  /** Shows the frames of the library, which VS Code folds into a row "Show 2 More". */
  async showAllFrames(thread: RegExp): Promise<void> {
    await this.workbench.untilTrue(
      `the hidden frames of ${thread.source}`,
      async () => {
        if ((await this.framesOf(thread)).some((frame) => /guard/.test(frame.text))) return true;
        await this.clickRow(thread, (row) => row.kind === "other" && /^Show \d+ More/.test(row.text));
        return false;
      },
      async () => JSON.stringify(await this.callStack()),
    );
  }

  /** Selects a frame of an unfolded thread by a click, so that VARIABLES and the editor show it. */
  async selectFrame(thread: RegExp, label: RegExp): Promise<void> {
    await this.unfoldThread(thread);
    await this.workbench.untilTrue(
      `the frame ${label.source} of ${thread.source} to be selected`,
      async () => {
        const clicked = await this.clickRow(thread, (row) => row.kind === "frame" && label.test(row.text));
        return clicked !== undefined && /\b(selected|focused)\b/.test((await clicked.getAttribute("class")) ?? "");
      },
      async () => JSON.stringify(await this.callStack()),
    );
  }

  /**
   * Clicks the first row below a thread's that fits, if there is one now. The view is filled again and again while the
   * debugger looks around after a stop: the caller asks until it has what it wants.
   */
  private async clickRow(thread: RegExp, fits: (row: CallStackRow) => boolean): Promise<Locator | undefined> {
    const rows = await this.callStack();
    const start = rows.findIndex((row) => row.kind === "thread" && thread.test(row.text));
    const end = rows.findIndex((row, at) => at > start && row.kind === "thread");
    const index = rows.findIndex((row, at) => start >= 0 && at > start && (end < 0 || at < end) && fits(row));
    if (index < 0) return undefined;
    const row = this.page.locator(`.debug-call-stack .monaco-list-row[data-index="${index}"]`);
    const clicked = await row.click({ timeout: 1_000 }).then(
      () => true,
      () => false,
    );
    return clicked ? row : undefined;
  }

  /** Waits until a thread has these frames and no others, innermost first. */
  async untilFrames(thread: RegExp, labels: readonly RegExp[]): Promise<void> {
    await this.workbench.untilTrue(
      `the frames ${labels.map((label) => label.source).join(", ")} of ${thread.source}`,
      async () => {
        const frames = await this.unfoldThread(thread);
        return frames.length === labels.length && labels.every((label, index) => label.test(frames[index]?.text ?? ""));
      },
      async () => JSON.stringify(await this.callStack()),
    );
  }

  /** Folds what is not needed for looking at frames and registers: rows out of sight do not exist for a test. */
  async giveRoomToCallStack(): Promise<void> {
    for (const view of ["Watch", "Loaded Scripts", "Breakpoints", "Green Threads"]) await this.workbench.fold(view);
  }

  /** Waits until the row of a thread says why it has stopped. */
  async untilThreadStopped(thread: RegExp, why: RegExp): Promise<void> {
    await this.workbench.untilTrue(
      `the thread ${thread.source} to be ${why.source}`,
      async () => (await this.threads()).some(({ text, detail }) => thread.test(text) && why.test(detail)),
      async () => JSON.stringify(await this.callStack()),
    );
  }

  // Disassembly

  /** Waits until the Disassembly View, in front, shows instructions and something that matches. */
  async untilDisassembled(pattern: RegExp): Promise<void> {
    const view = this.page.locator(".disassembly-view");
    await this.workbench.visible("the Disassembly View", view);
    const text = async () => (await view.locator(".monaco-table-tr, .monaco-list-row").allInnerTexts()).join("\n");
    await this.workbench.untilTrue(
      `${pattern.source} in the Disassembly View`,
      async () => pattern.test(await text()),
      text,
    );
  }

  // BREAKPOINTS

  /** Ticks or unticks a filter such as "Thread finished" in the Breakpoints view. */
  async toggleBreakpointFilter(label: string): Promise<void> {
    const pane = await this.workbench.pane("Breakpoints");
    const row = pane.locator(".monaco-list-row").filter({ hasText: label });
    await this.workbench.visible(`"${label}" in BREAKPOINTS`, row);
    const box = row.first().locator("input[type=checkbox], .monaco-checkbox, .monaco-custom-toggle").first();
    await this.workbench.until(`a click on the checkbox of "${label}"`, () => box.click({ timeout: 10_000 }));
  }

  /** Ticks a filter of the Breakpoints view and gives it a condition, by the pencil of its row. */
  async giveFilterACondition(label: string, condition: string): Promise<void> {
    await this.toggleBreakpointFilter(label);
    const pane = await this.workbench.pane("Breakpoints");
    const row = pane.locator(".monaco-list-row").filter({ hasText: label }).first();
    const input = pane.locator(".monaco-inputbox input");
    await this.workbench.untilTrue(`the box for a condition of "${label}"`, async () => {
      await row.hover({ timeout: 10_000 });
      await row.locator(".action-label.codicon-edit").click({ timeout: 10_000 });
      return await input.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => false,
      );
    });
    await input.fill(condition);
    await this.page.keyboard.press("Enter");
    await this.workbench.visible(`"${condition}" in BREAKPOINTS`, row.filter({ hasText: condition }));
  }

  // VARIABLES

  /** Unfolds a scope or group of VARIABLES (`Scope …` or a variable's name). */
  async unfoldScope(name: string): Promise<void> {
    const row = this.page.locator(`.debug-variables .monaco-list-row[aria-label^="Scope ${name}"]`).first();
    await this.workbench.visible(`the scope "${name}" in VARIABLES`, row);
    if ((await row.getAttribute("aria-expanded")) === "false") await row.locator(".monaco-tl-twistie").click();
    await this.workbench.untilTrue(`the scope "${name}" to unfold`, async () => {
      return (await row.getAttribute("aria-expanded")) === "true";
    });
  }

  variableRow(name: string): Locator {
    return this.page
      .locator(".debug-variables .monaco-list-row")
      .filter({ has: this.page.locator(".expression .name", { hasText: new RegExp(`^\\s*${name}\\s*[:=]?\\s*$`) }) });
  }

  /** The value of a variable as it is shown. */
  async variable(name: string): Promise<string> {
    const row = await this.workbench.visible(`the variable ${name}`, this.variableRow(name));
    return (await row.first().locator(".expression .value").textContent())?.trim() ?? "";
  }

  /** Waits until VARIABLES, which follows the selected frame a moment later, shows this value. */
  async untilVariable(name: string, value: RegExp): Promise<void> {
    await this.workbench.untilTrue(
      `${name} to be ${value.source} in VARIABLES`,
      async () => value.test(await this.variable(name)),
      () => this.variable(name),
    );
  }

  // Debug Console

  /** Everything that the Debug Console shows of the last lines. */
  async consoleText(): Promise<string> {
    const rows = await this.page
      .locator(".repl .monaco-list-row")
      .evaluateAll((elements) =>
        elements
          .sort((a, b) => Number(a.getAttribute("data-index")) - Number(b.getAttribute("data-index")))
          .map((element) => element.textContent ?? ""),
      );
    return rows.join("\n");
  }

  /** Types an expression into the Debug Console, as a person does. */
  async evaluate(expression: string): Promise<void> {
    await this.workbench.command("Debug Console: Focus on Debug Console View");
    const input = this.page.locator(".repl .repl-input-wrapper .monaco-editor");
    await this.workbench.until("the input of the Debug Console", () => input.first().click({ timeout: 10_000 }));
    await this.page.keyboard.type(expression);
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("Enter");
  }

  async untilConsoleShows(text: string | RegExp): Promise<void> {
    const shows = (all: string) => (typeof text === "string" ? all.includes(text) : text.test(all));
    await this.workbench.untilTrue(
      `${text} in the Debug Console`,
      async () => shows(await this.consoleText()),
      () => this.consoleText(),
    );
  }
}
