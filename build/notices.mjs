// The licences of the packages whose code ends up in the bundles.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Names of the packages that went into bundles.
 * @param {import("esbuild").Metafile[]} metafiles
 */
export function bundledPackages(metafiles) {
  const names = new Set();
  for (const metafile of metafiles) {
    for (const output of Object.values(metafile.outputs)) {
      for (const input of Object.keys(output.inputs)) {
        const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1];
        if (name) names.add(name);
      }
    }
  }
  return [...names].sort();
}

/**
 * The text of the notices file. A package without a licence file is an error: somebody must look.
 * @param {string} root
 * @param {readonly string[]} packages
 */
export function noticesText(root, packages) {
  const sections = packages.map((name) => {
    const folder = join(root, "node_modules", name);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = existsSync(folder) && readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    if (!file) throw new Error(`${name} ${manifest.version} (${manifest.license}) has no licence file`);
    const text = readFileSync(join(folder, file), "utf8").trim();
    return `${"=".repeat(80)}\n${name} ${manifest.version} (${manifest.license})\n${"=".repeat(80)}\n\n${text}\n`;
  });
  return `Green Threads contains code of the following packages, under these licences.\n\n${sections.join("\n")}`;
}
