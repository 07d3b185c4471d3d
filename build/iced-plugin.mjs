// iced-x86 ships a Node-only CommonJS package. This plugin rewrites its glue, at bundle time, into an ES module that
// runs in Node and in a browser worker, with the WebAssembly module inlined. It serves esbuild (bundles) and Vite (tests).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const gluePath = createRequire(import.meta.url).resolve("iced-x86");
const wasmPath = join(dirname(gluePath), "iced_x86_bg.wasm");

/** The glue of the Node package as an ES module; fails loudly when a new version of the package looks different. */
export function icedAsEsModule() {
  let source = readFileSync(gluePath, "utf8");
  source = withoutDocumentation(source);
  source = source
    .replace(
      "imports['__wbindgen_placeholder__'] = module.exports;",
      "const placeholder = imports['__wbindgen_placeholder__'] = {};",
    )
    .replace("const { TextDecoder, TextEncoder } = require(`util`);", "");
  const loaderStart = source.indexOf("const path = require('path')");
  if (loaderStart < 0) throw new Error("iced-x86: the package's glue has changed; see build/iced-plugin.mjs");
  source = source.slice(0, loaderStart);
  source = source.replace(/^module\.exports\.(__wb\w+) = /gm, "placeholder.$1 = ");
  source = source.replace(
    /^module\.exports\.(\w+) = Object\.freeze\(/gm,
    "export const $1 = /* @__PURE__ */ Object.freeze(",
  );
  source = source.replace(/^module\.exports\.(\w+) = function\(/gm, "export const $1 = function(");
  source = source.replace(/^module\.exports\.(\w+) = \1;$/gm, "export { $1 };");
  // Lines are searched one by one: some are so long that a pattern beginning with .* would take minutes.
  const left = source.split("\n").find((line) => line.includes("module.exports") || line.includes("require("));
  if (left !== undefined) throw new Error(`iced-x86: unhandled CommonJS in the glue: ${left.slice(0, 200)}`);
  const wasm = readFileSync(wasmPath).toString("base64");
  return `${source}
const wasmBase64 = "${wasm}";
export function initialiseIced() {
  if (wasm) return;
  const text = atob(wasmBase64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  wasm = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
}
`;
}

/** Drops comment blocks that stand on lines of their own. By lines: one regular expression for it takes minutes. */
function withoutDocumentation(source) {
  const kept = [];
  let isInside = false;
  for (const line of source.split("\n")) {
    if (!isInside && line.trimStart().startsWith("/**")) isInside = true;
    if (!isInside) kept.push(line);
    else if (line.trimEnd().endsWith("*/")) isInside = false;
  }
  return kept.join("\n");
}

const names = /^iced-x86(\/init)?$/;

/** For esbuild. */
export const icedEsbuildPlugin = {
  name: "iced-x86",
  setup(build) {
    build.onResolve({ filter: names }, () => ({ path: gluePath, namespace: "iced-x86", sideEffects: false }));
    build.onLoad({ filter: /.*/, namespace: "iced-x86" }, () => ({ contents: icedAsEsModule(), loader: "js" }));
  },
};

/** For Vite, that is, for the tests. */
export const icedVitePlugin = {
  name: "iced-x86",
  enforce: "pre",
  resolveId: (id) => (names.test(id) ? "\0iced-x86" : undefined),
  load: (id) => (id === "\0iced-x86" ? icedAsEsModule() : undefined),
};
