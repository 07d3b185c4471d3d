// What is bundled, and how. One list, read by the build, the development runner and the package check.
import { engineEsbuildPlugin } from "./engine-plugin.mjs";
import { icedBesideEsbuildPlugin, icedEsbuildPlugin } from "./iced-plugin.mjs";
import { lazyPackagesPlugin, nodeModulesPlugin } from "./start-plugins.mjs";

/** Options every bundle shares. */
export const common = {
  bundle: true,
  target: "es2022",
  loader: { ".s": "text" },
  plugins: [icedEsbuildPlugin],
  legalComments: "none",
  logLevel: "warning",
};

/**
 * The bundles of the extension.
 * @param {{ production: boolean }} options
 * @returns {import("esbuild").BuildOptions[]}
 */
export function bundles({ production }) {
  const plugins = [...common.plugins, engineEsbuildPlugin, lazyPackagesPlugin];
  const shared = { ...common, plugins, minify: production, sourcemap: production ? false : "linked" };
  return [
    {
      ...shared,
      entryPoints: { extension: "client/extension.ts" },
      platform: "node",
      format: "cjs",
      external: ["vscode"],
      outdir: "dist",
    },
    {
      ...shared,
      entryPoints: { "extension.browser": "client/extension.browser.ts" },
      platform: "browser",
      format: "cjs",
      external: ["vscode"],
      outdir: "dist",
      define: { global: "globalThis" },
    },
    {
      ...shared,
      entryPoints: { "server.browser": "server/main.browser.ts" },
      platform: "browser",
      format: "iife",
      outdir: "dist",
    },
    {
      ...shared,
      entryPoints: { "webview/memory-inspector": "client/memory-inspector/webview/main.ts" },
      platform: "browser",
      format: "esm",
      outdir: "dist",
    },
    {
      // The Node programs share what is common to them (engine, assembler) in chunks. Reading long texts takes time
      // at each start, so these are made short while developing, too.
      ...shared,
      minifySyntax: true,
      minifyWhitespace: true,
      entryPoints: {
        "debug-adapter": "debug-adapter/main.ts",
        // The same adapter for the extension's own process, which debugs programs of virtual workspaces.
        "debug-session": "debug-adapter/session.ts",
        server: "server/main.ts",
        cli: "cli/main.ts",
      },
      plugins: [icedBesideEsbuildPlugin, engineEsbuildPlugin, lazyPackagesPlugin, nodeModulesPlugin],
      platform: "node",
      format: "esm",
      splitting: true,
      outdir: "dist",
      outExtension: { ".js": ".mjs" },
      chunkNames: "chunk-[hash]",
      assetNames: "[name]-[hash]",
      banner: {
        // Some dependencies are CommonJS and call require() for Node's own modules.
        js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
      },
    },
  ];
}
