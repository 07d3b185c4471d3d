/**
 * What runs inside the extension host of a real VS Code: the entry point that `@vscode/test-electron` calls, and that
 * code-server calls in the same way. Ends with the line `N passed, N failed`.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";

/** Mocha wants a reporter; ours is below. */
class Silent extends Mocha.reporters.Base {
  override epilogue(): void {}
}

export async function run(): Promise<void> {
  // No reporter of Mocha's: the console of an extension host does not fill in its placeholders.
  const mocha = new Mocha({ ui: "bdd", timeout: 60_000, reporter: Silent });
  for (const name of readdirSync(__dirname).sort()) {
    if (name.endsWith(".test.js")) mocha.addFile(join(__dirname, name));
  }
  let passed = 0;
  let failed = 0;
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on("pass", (test) => {
        passed++;
        console.log(`  ✓ ${test.fullTitle()}`);
      })
      .on("fail", (test, error) => {
        failed++;
        console.log(`  ✗ ${test.fullTitle()}\n${error.stack ?? error}`);
      });
  });
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0 || passed === 0) throw new Error(`${failed} of ${passed + failed} tests in the extension host failed`);
}
