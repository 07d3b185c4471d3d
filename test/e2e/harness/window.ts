/** A VS Code with the packaged extension, open in a browser window. */
import type { Browser, Page } from "playwright-core";
import { openPage, resultsDirectory, startBrowser } from "./browser.js";
import { DebugView } from "./debug-view.js";
import { extensionPackage } from "./package-extension.js";
import { sampleTitle } from "./sample.js";
import { startVscodeServer, type VscodeServer } from "./vscode-server.js";
import { Workbench } from "./workbench.js";

export class VscodeWindow {
  private constructor(
    private readonly browser: Browser,
    private readonly server: VscodeServer,
    readonly workbench: Workbench,
    readonly debugView: DebugView,
  ) {}

  /** `name` begins the names of the screenshots; `prepare` sees the page before VS Code is in it. */
  static async open(
    name: string,
    settings: Record<string, unknown>,
    prepare: (page: Page) => void = () => {},
  ): Promise<VscodeWindow> {
    const browser = await startBrowser();
    try {
      const server = await startVscodeServer({
        vsix: [extensionPackage()],
        settings,
        log: `${resultsDirectory}/${name}-server.log`,
      });
      try {
        const page = await openPage(browser);
        prepare(page);
        const workbench = await Workbench.open(page, server.port, server.workspace, name);
        return new VscodeWindow(browser, server, workbench, new DebugView(workbench));
      } catch (error) {
        await server.stop();
        throw error;
      }
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Copies a sample into the workspace, as a person does, and answers what to do then. */
  async openSample(name: string, then: RegExp, source = `${name}.s`): Promise<void> {
    const { workbench } = this;
    await workbench.command("Green Threads: Open Sample");
    // The list is longer than what is on the screen.
    await workbench.visible("the samples", workbench.quickPickRow(sampleTitle("first-switch")));
    await workbench.screenshot("samples");
    await workbench.pick(sampleTitle(name));
    await workbench.pickMatching(/Copy to workspace/);
    await workbench.pickMatching(then);
    await workbench.visible(`the editor of ${source}`, workbench.tab(source));
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
  }
}
