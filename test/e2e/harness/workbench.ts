/**
 * VS Code's window as a person uses it: the command palette, editors, views, the debugger. Each action waits for what
 * it should lead to; when that does not come, it says what it waited for and leaves a screenshot.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FrameLocator, Locator, Page } from "playwright-core";
import UPNG from "upng-js";
import { resultsDirectory, root } from "./browser.js";

const patience = 20_000;

export class Workbench {
  private failures = 0;

  constructor(
    readonly page: Page,
    /** Begins the names of this run's screenshots. */
    private readonly name: string,
  ) {}

  /** Opens a folder of the server and waits until the workbench and its extensions are there. */
  static async open(page: Page, port: number, folder: string, name: string): Promise<Workbench> {
    const workbench = new Workbench(page, name);
    await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`);
    await workbench.until("the workbench's status bar", async () => {
      await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
    });
    await workbench.until("the extensions to be loaded", async () => {
      await page.waitForFunction(() => performance.getEntriesByName("code/didLoadExtensions").length > 0, undefined, {
        timeout: 60_000,
      });
    });
    return workbench;
  }

  /** Does something that waits; a failure tells what for, and has a picture. */
  async until<T>(what: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const picture = join(resultsDirectory, `${this.name}-failure-${++this.failures}.png`);
      await this.page.screenshot({ path: picture }).catch(() => undefined);
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`waited for ${what}, in vain (screenshot: ${picture})\n${reason}`);
    }
  }

  /** Waits until a condition holds, asking again and again. `describe` tells what there was instead. */
  async untilTrue(what: string, condition: () => Promise<boolean>, describe?: () => Promise<string>): Promise<void> {
    await this.until(what, async () => {
      const deadline = Date.now() + patience;
      while (!(await condition())) {
        if (Date.now() > deadline) throw new Error(describe ? `There was: ${await describe()}` : "It did not come.");
        await this.page.waitForTimeout(50);
      }
    });
  }

  async visible(what: string, locator: Locator): Promise<Locator> {
    await this.until(what, () => locator.first().waitFor({ timeout: patience }));
    return locator;
  }

  async gone(what: string, locator: Locator): Promise<void> {
    await this.until(`${what} to go away`, () => locator.first().waitFor({ state: "hidden", timeout: patience }));
  }

  /** Leaves a picture of the window in the results folder; returns its path. */
  async screenshot(name: string): Promise<string> {
    const path = join(resultsDirectory, `${this.name}-${name}.png`);
    await this.restPointer();
    await this.page.screenshot({ path, animations: "disabled" });
    return path;
  }

  /** Leaves a picture in the results folder and, when these are to be renewed, among those of the README. */
  async documentationImage(name: string): Promise<void> {
    const path = await this.screenshot(name);
    if (process.env.GREEN_THREADS_UPDATE_IMAGES !== "1") return;
    mkdirSync(join(root, "docs/images"), { recursive: true });
    writeFileSync(join(root, "docs/images", `${name}.png`), withPalette(readFileSync(path)));
  }

  // Quick input: the palette and pickers

  /** Runs a command by its exact title in the palette. */
  async command(title: string): Promise<void> {
    await this.until(`the command "${title}" in the palette`, async () => {
      const deadline = Date.now() + patience;
      while (Date.now() < deadline) {
        await this.page.keyboard.press("F1");
        const input = this.page.locator(".quick-input-widget input.input");
        const opened = await input.waitFor({ timeout: 2_000 }).then(
          () => true,
          () => false,
        );
        if (!opened) continue;
        await input.fill(`>${title}`);
        const row = this.quickPickRow(title);
        const found = await row
          .first()
          .waitFor({ timeout: 3_000 })
          .then(
            () => true,
            () => false,
          );
        if (found) {
          await row.first().click();
          return;
        }
        await this.page.keyboard.press("Escape");
      }
      throw new Error("No row of the palette has that title.");
    });
  }

  /** Chooses an entry of an open picker by its label. */
  async pick(label: string): Promise<void> {
    await this.visible(`an entry "${label}" in the picker`, this.page.locator(".quick-input-list .monaco-list-row"));
    await this.page.locator(".quick-input-widget input.input").fill(label);
    await this.choose(`"${label}"`, this.quickPickRow(label));
  }

  /** Answers a question that VS Code asks in its quick input. */
  async answer(text: string): Promise<void> {
    const input = await this.visible("the quick input", this.page.locator(".quick-input-widget input.input"));
    await input.fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** Chooses the first entry of an open picker that matches. */
  async pickMatching(pattern: RegExp): Promise<void> {
    await this.choose(
      String(pattern),
      this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: pattern }),
    );
  }

  /** Walks to a row of a picker with the keyboard: under a pointer, tooltips of other rows would cover it. */
  private async choose(what: string, rows: Locator): Promise<void> {
    await this.restPointer();
    await this.visible(`an entry ${what} in the picker`, rows);
    await this.untilTrue(`the entry ${what} to be the picker's current one`, async () => {
      const current = this.page.locator(".quick-input-list .monaco-list-row.focused");
      if ((await rows.first().and(current).count()) > 0) return true;
      await this.page.keyboard.press("ArrowDown");
      return false;
    });
    await this.page.keyboard.press("Enter");
  }

  /** Rows of the picker whose label is this one; the accessible name goes on with a key binding or a description. */
  quickPickRow(label: string): Locator {
    const exact = label.replaceAll('"', '\\"');
    return this.page.locator(
      [`[aria-label="${exact}"]`, `[aria-label^="${exact},"]`, `[aria-label^="${exact} "]`]
        .map((condition) => `.quick-input-list .monaco-list-row${condition}`)
        .join(", "),
    );
  }

  // Editors

  /** Opens a file of the workspace by its name, through "Go to File". */
  async openFile(name: string): Promise<void> {
    await this.until(`the editor of ${name}`, async () => {
      const deadline = Date.now() + patience;
      while (Date.now() < deadline) {
        await this.page.keyboard.press("ControlOrMeta+P");
        const input = this.page.locator(".quick-input-widget input.input");
        await input.waitFor({ timeout: 5_000 });
        await input.fill(name);
        const row = this.quickPickRow(name);
        const found = await row
          .first()
          .waitFor({ timeout: 3_000 })
          .then(
            () => true,
            () => false,
          );
        if (found) {
          await row.first().click();
          await this.tab(name).first().waitFor({ timeout: patience });
          await this.page.locator(".editor-instance .view-lines .view-line").first().waitFor({ timeout: patience });
          return;
        }
        await this.page.keyboard.press("Escape");
      }
      throw new Error("The picker does not list it.");
    });
  }

  tab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name="${name}"]`);
  }

  /** Puts the cursor on a line of the active editor. */
  async goToLine(line: number): Promise<void> {
    await this.page.keyboard.press("Control+G");
    const input = await this.visible("the line picker", this.page.locator(".quick-input-widget input.input"));
    await input.fill(`:${line}`);
    await this.page.keyboard.press("Enter");
    await this.gone("the line picker", this.page.locator(".quick-input-widget input.input"));
  }

  /** Sets a breakpoint as a person does: a click in the margin, beside the line's number. */
  async setBreakpoint(line: number): Promise<void> {
    await this.goToLine(line);
    const before = await this.breakpoints().count();
    await this.clickMargin(line);
    await this.untilTrue(`a breakpoint on line ${line}`, async () => (await this.breakpoints().count()) > before);
  }

  /** Removes it in the same way. */
  async removeBreakpoint(line: number): Promise<void> {
    await this.goToLine(line);
    const before = await this.breakpoints().count();
    await this.clickMargin(line);
    await this.untilTrue(`no breakpoint on line ${line}`, async () => (await this.breakpoints().count()) < before);
  }

  private async clickMargin(line: number): Promise<void> {
    await this.until(`line ${line} and its margin`, async () => {
      const numbers = this.page.locator(".editor-instance .margin .line-numbers");
      const number = await numbers.getByText(String(line), { exact: true }).first().boundingBox({ timeout: patience });
      const margin = await this.page.locator(".editor-instance .margin").first().boundingBox();
      if (!number || !margin) throw new Error("it is not on the screen");
      await this.page.mouse.click(margin.x + 10, number.y + number.height / 2);
    });
  }

  breakpoints(): Locator {
    return this.page.locator(".editor-instance .glyph-margin-widgets .codicon-debug-breakpoint");
  }

  /** The number of the line that the debugger marks as the current one. */
  async currentLine(): Promise<number> {
    return await this.until("the line of the top stack frame", async () => {
      const mark = this.page.locator(
        ".editor-instance .glyph-margin-widgets .codicon-debug-stackframe, .editor-instance .glyph-margin-widgets .codicon-debug-stackframe-focused, .editor-instance .glyph-margin-widgets .codicon-debug-breakpoint-stackframe, .editor-instance .glyph-margin-widgets [class*='debug-stackframe']",
      );
      const box = await mark.first().boundingBox({ timeout: patience });
      if (!box) throw new Error("no line is marked");
      const middle = box.y + box.height / 2;
      for (const number of await this.page.locator(".editor-instance .margin .line-numbers").all()) {
        const line = await number.boundingBox();
        if (line && line.y <= middle && middle <= line.y + line.height) return Number(await number.textContent());
      }
      throw new Error("the marked line has no number");
    });
  }

  async colorTheme(name: string): Promise<void> {
    await this.command("Preferences: Color Theme");
    await this.pick(name);
    const base = /light/i.test(name) ? ".monaco-workbench.vs" : ".monaco-workbench.vs-dark";
    await this.visible(`the color theme ${name}`, this.page.locator(base));
  }

  // Views

  /** The pane of a side bar view, opened if it is folded. */
  async pane(title: string): Promise<Locator> {
    const header = await this.visible(
      `the view "${title}"`,
      this.page.locator(`.pane-header[aria-label^="${title}"]`).first(),
    );
    if ((await header.getAttribute("aria-expanded")) === "false") await header.click();
    await this.untilTrue(
      `the view "${title}" to unfold`,
      async () => (await header.getAttribute("aria-expanded")) === "true",
    );
    return this.page.locator(".pane", { has: this.page.locator(`.pane-header[aria-label^="${title}"]`) });
  }

  /** Folds a view, to give others room. */
  async fold(title: string): Promise<void> {
    const header = this.page.locator(`.pane-header[aria-label^="${title}"]`).first();
    if ((await header.count()) > 0 && (await header.getAttribute("aria-expanded")) === "true") await header.click();
  }

  /** Drags the border between the side bar and the editors. `width` in pixels. */
  async widenSideBar(width: number): Promise<void> {
    const bar = await this.page.locator(".part.sidebar").boundingBox();
    if (!bar) throw new Error("there is no side bar");
    await this.page.mouse.move(bar.x + bar.width, bar.y + bar.height / 2);
    await this.page.mouse.down();
    await this.page.mouse.move(bar.x + width, bar.y + bar.height / 2, { steps: 5 });
    await this.page.mouse.up();
    await this.restPointer();
  }

  /** Brings a view of the panel to the front, by its tab. */
  async panelTab(title: string): Promise<void> {
    const tab = this.page.locator(".part.panel .composite-bar .action-item").filter({ hasText: title });
    await this.until(`the panel's tab "${title}"`, () => tab.first().click({ timeout: patience }));
    await this.visible(`the panel's tab "${title}" in front`, tab.and(this.page.locator(".checked")));
  }

  /** Drags the panel's upper border. `height` in pixels. */
  async raisePanel(height: number): Promise<void> {
    const panel = await this.page.locator(".part.panel").boundingBox();
    if (!panel) throw new Error("there is no panel");
    // The border is the gap above the panel. Not in its middle: VS Code has a handle of its own there.
    const x = panel.x + panel.width / 4;
    await this.page.mouse.move(x, panel.y - 3);
    await this.page.mouse.down();
    await this.page.mouse.move(x, panel.y + panel.height - height, { steps: 5 });
    await this.page.mouse.up();
    await this.restPointer();
  }

  /** Puts the pointer where nothing is highlighted under it. */
  private async restPointer(): Promise<void> {
    await this.page.mouse.move(700, 14);
  }

  /** VS Code's box under the line of an exception. */
  exceptionWidget(): Locator {
    return this.page.locator(".exception-widget");
  }

  /** The inside of the webview. */
  webview(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }
}

/** The picture with 256 colours, in a third of the bytes: the extension carries its README's pictures. */
function withPalette(png: Buffer): Buffer {
  const image = UPNG.decode(new Uint8Array(png).buffer);
  const [pixels] = UPNG.toRGBA8(image);
  if (pixels === undefined) throw new Error("the screenshot has no picture in it");
  return Buffer.from(UPNG.encode([pixels], image.width, image.height, 256));
}
