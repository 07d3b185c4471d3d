/** Builds the extension-host suites for a debugger; see .vscode/launch.json. */
import { buildSuite } from "./harness/build-suite.js";

console.log(await buildSuite());
