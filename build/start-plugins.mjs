// What makes the bundles start sooner: code that a start does not need is not run before somebody calls it.
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Packages that compute tables when they are loaded, and the functions of them that are used. */
const packages = { fflate: ["unzlibSync"], fzstd: ["decompress"] };

/** For esbuild: these packages are loaded at the first call. */
export const lazyPackagesPlugin = {
  name: "lazy-packages",
  setup(build) {
    const namespace = "lazy-package";
    const used = "used-of-package";
    build.onResolve({ filter: new RegExp(`^(${Object.keys(packages).join("|")})$`) }, ({ path, namespace: from }) =>
      from === used ? undefined : { path, namespace: from === namespace ? used : namespace, sideEffects: false },
    );
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: packages[path]
        .map((name) => `export const ${name} = (...given) => require("${path}").${name}(...given);`)
        .join("\n"),
      resolveDir: root,
    }));
    // What is required is bundled whole; of this, only what is named here is left.
    build.onLoad({ filter: /.*/, namespace: used }, ({ path }) => ({
      contents: `export { ${packages[path].join(", ")} } from "${path}";`,
      resolveDir: root,
    }));
  },
};

/**
 * For esbuild, Node's ES modules: Node's own modules by `require`. As ES modules, they have all their exports read, and
 * some of these load much more (`fs` its streams).
 */
export const nodeModulesPlugin = {
  name: "node-modules",
  setup(build) {
    const namespace = "node-module";
    build.onResolve({ filter: /^node:/ }, ({ path, kind, namespace: from }) =>
      from === namespace || kind === "dynamic-import" ? { path, external: true } : { path, namespace },
    );
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: `module.exports = require("${path}");` }));
  },
};
