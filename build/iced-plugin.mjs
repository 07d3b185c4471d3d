// iced-x86 ships a Node-only CommonJS package. This plugin rewrites its glue, at bundle time, into an ES module that
// runs in Node and in a browser worker. Nothing of it is loaded before `initialiseIced` is called: only then have the
// names that are imported from "iced-x86" a value. It serves esbuild (bundles) and Vite (tests).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import esbuild from "esbuild";

const gluePath = createRequire(import.meta.url).resolve("iced-x86");
const wasmPath = join(dirname(gluePath), "iced_x86_bg.wasm");

/** The glue of the Node package as an ES module; fails loudly when a new version of the package looks different. */
function glueAsEsModule() {
  let source = readFileSync(gluePath, "utf8");
  source = withoutCodes(withoutDocumentation(source));
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
  return `${source}
export function initialise(bytes) {
  wasm = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
}
`;
}

/** The bytes of the WebAssembly, in the text: deflated, which makes the text and the package much smaller. */
function inlineBytes() {
  const deflated = deflateSync(readFileSync(wasmPath), { level: 9 }).toString("base64");
  return `unzlibSync(Uint8Array.from(atob("${deflated}"), (letter) => letter.charCodeAt(0)))`;
}

/**
 * What is imported as "iced-x86": the names of the glue, which have values once `initialiseIced` has been called. `glue`
 * and `bytes` are expressions for the glue and the bytes of its WebAssembly.
 */
function facade({ head = `import { unzlibSync } from "fflate";`, glue, bytes = inlineBytes() }) {
  const names = [...glueAsEsModule().matchAll(/^export (?:(?:const|function) |\{ )(\w+)/gm)].map((match) => match[1]);
  const list = names.filter((name) => name !== "initialise").join(", ");
  return `${head}
export let ${list};
let isInitialised = false;
export function initialiseIced() {
  if (isInitialised) return;
  const glue = ${glue};
  glue.initialise(${bytes});
  ({ ${list} } = glue);
  isInitialised = true;
}
`;
}

/** Drops the enumeration of all instruction forms: most of the glue's text, and nobody asks for one by name. */
function withoutCodes(source) {
  const lines = source.split("\n");
  const kept = lines.filter((line) => !line.startsWith("module.exports.Code = "));
  if (kept.length !== lines.length - 1) throw new Error("iced-x86: the enumeration Code is not where it was");
  return kept.join("\n");
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

/** For esbuild: all of it in the bundle. */
export const icedEsbuildPlugin = {
  name: "iced-x86",
  setup(build) {
    addModule(build, names, () => facade({ glue: `require("iced-x86/glue")` }));
    addModule(build, /^iced-x86\/glue$/, glueAsEsModule);
  },
};

/** For esbuild, Node's ES modules: glue and WebAssembly are files beside the bundle. */
export const icedBesideEsbuildPlugin = {
  name: "iced-x86",
  setup(build) {
    addModule(build, names, () =>
      facade({
        head: `import { readFileSync } from "node:fs";
               import { createRequire } from "node:module";
               import glueFile from "iced-x86/glue.cjs";
               import wasmFile from "iced-x86/iced.wasm";`,
        // Not called "require": esbuild would look for the file.
        glue: "createRequire(import.meta.url)(glueFile)",
        bytes: "readFileSync(new URL(wasmFile, import.meta.url))",
      }),
    );
    addFile(build, "iced-x86/glue.cjs", "iced.cjs", async () => {
      const { minify } = build.initialOptions;
      return (await esbuild.transform(glueAsEsModule(), { format: "cjs", platform: "node", minify })).code;
    });
    addFile(build, "iced-x86/iced.wasm", "iced.wasm", () => readFileSync(wasmPath));
  },
};

function addModule(build, filter, contents) {
  const namespace = `iced-x86:${filter}`;
  build.onResolve({ filter }, () => ({ path: gluePath, namespace, sideEffects: false }));
  build.onLoad({ filter: /.*/, namespace }, () => ({
    contents: contents(),
    loader: "js",
    resolveDir: dirname(gluePath),
  }));
}

/** The default export of module `name` is the path of a file that is written beside the bundle. */
function addFile(build, name, fileName, contents) {
  const namespace = `iced-x86:${name}`;
  build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: fileName, namespace }));
  build.onLoad({ filter: /.*/, namespace }, async () => ({ contents: await contents(), loader: "file" }));
}

/** For Vite, that is, for the tests. */
export const icedVitePlugin = {
  name: "iced-x86",
  enforce: "pre",
  resolveId: (id) => (names.test(id) ? "\0iced-x86" : id === "iced-x86/glue" ? "\0iced-x86/glue" : undefined),
  load(id) {
    if (id === "\0iced-x86")
      return facade({
        head: `import { unzlibSync } from "fflate"; import * as icedGlue from "iced-x86/glue";`,
        glue: "icedGlue",
      });
    return id === "\0iced-x86/glue" ? glueAsEsModule() : undefined;
  },
};
