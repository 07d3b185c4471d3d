import { defineConfig } from "vitest/config";

/** The tests that look through VS Code's window. One after the other: each has a server and a browser of its own. */
export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    include: [
      "test/e2e/person.ts",
      "test/e2e/fault.ts",
      "test/e2e/browser-host.ts",
      "test/e2e/data-breakpoint.ts",
      "test/e2e/rust.ts",
      "test/e2e/scale.ts",
    ],
    globalSetup: "test/e2e/harness/package-extension.ts",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    pool: "forks",
  },
});
