import { defineConfig } from "vitest/config";
import { icedVitePlugin } from "./build/iced-plugin.mjs";

/** Assembly sources are imported as text, as esbuild's `text` loader does it. */
const assemblyAsText = {
  name: "assembly-as-text",
  transform: (code: string, id: string) =>
    id.endsWith(".s") ? { code: `export default ${JSON.stringify(code)}`, map: null } : undefined,
};

export default defineConfig({
  plugins: [icedVitePlugin, assemblyAsText],
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/e2e/**"],
    setupFiles: ["test/event-loop-turn.ts"],
    // On a machine with other work, too.
    testTimeout: 90_000,
    pool: "forks",
    poolOptions: { forks: { maxForks: 2 } },
  },
});
