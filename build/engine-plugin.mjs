// Generates the interpreter's image when bundling: bundles have the bytes, and not the code that makes them.
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const replaced = /[\\/]runtime[\\/]engine[\\/]image-source\.ts$/;

/**
 * Runs the generator as the sources have it now.
 * @returns {Promise<{ bytes: Uint8Array, sources: string[] }>} the packed image, and the files that it follows from
 */
export async function generateImage() {
  const generator = await esbuild.build({
    stdin: {
      contents: `
        export { generatedImage } from "./runtime/engine/generated-image.ts";
        export { packImage } from "./runtime/engine/interpreter-image.ts";`,
      resolveDir: root,
      loader: "ts",
    },
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "warning",
  });
  const text = generator.outputFiles[0].text;
  const { generatedImage, packImage } = await import(
    `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`
  );
  const sources = Object.keys(generator.metafile.inputs).filter((path) => path !== "<stdin>");
  return { bytes: packImage(generatedImage()), sources: sources.map((path) => `${root}${path}`) };
}

/** For esbuild. In Node's bundles (ES modules) the bytes are a file beside the bundle, in a browser's they are inline, deflated. */
export const engineEsbuildPlugin = {
  name: "engine",
  setup(build) {
    const isNode = build.initialOptions.platform === "node";
    build.onLoad({ filter: replaced }, async ({ path }) => {
      const folder = JSON.stringify(path.replace(/image-source\.ts$/, "interpreter-image.ts"));
      return {
        contents: isNode
          ? `import { readFileSync } from "node:fs";
             import { unpackImage } from ${folder};
             import file from "interpreter.bin";
             export const interpreterImage = () => unpackImage(readFileSync(new URL(file, import.meta.url)));`
          : `import { unzlibSync } from "fflate";
             import { unpackImage } from ${folder};
             import deflated from "interpreter.bin";
             export const interpreterImage = () => unpackImage(unzlibSync(deflated));`,
        loader: "js",
        resolveDir: root,
      };
    });
    build.onResolve({ filter: /^interpreter\.bin$/ }, () => ({ path: "interpreter.bin", namespace: "engine" }));
    build.onLoad({ filter: /.*/, namespace: "engine" }, async () => {
      const { bytes, sources } = await generateImage();
      const contents = isNode ? bytes : deflateSync(bytes, { level: 9 });
      return { contents, loader: isNode ? "file" : "binary", watchFiles: sources };
    });
  },
};
