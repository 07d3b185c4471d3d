// Makes the .vsix and checks what is in it.   node build/package.mjs [--out FILE]
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { bundles } from "./bundles.mjs";
import { bundledPackages, noticesText } from "./notices.mjs";
import { listZip } from "./zip.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const outFlag = process.argv.indexOf("--out");
const vsix = outFlag > 0 ? process.argv[outFlag + 1] : `${manifest.name}-${manifest.version}.vsix`;
const largest = 3 * 1024 * 1024;

/** What may be in the package. A file that fits none of these is there by accident. */
const allowed = [
  /^dist\/[\w.-]+\.(js|cjs|mjs|bin|wasm)$/,
  /^dist\/webview\/[\w.-]+\.(js|css|ttf)$/,
  /^samples\//,
  /^runtime\/guest\/\w+\.s$/,
  /^syntaxes\/[\w.-]+\.json$/,
  /^snippets\/[\w.-]+\.(json|code-snippets)$/,
  /^images\/[\w/.-]+\.(png|svg)$/,
  /^docs\/images\/[\w.-]+\.png$/,
  /^(package\.json|language-configuration\.json|readme\.md|changelog\.md|LICENSE\.txt|ThirdPartyNotices\.txt)$/,
];

rmSync("dist", { recursive: true, force: true });
const results = await Promise.all(
  bundles({ production: true }).map((options) => esbuild.build({ ...options, metafile: true })),
);
const packages = bundledPackages(results.map((result) => result.metafile));
writeFileSync("ThirdPartyNotices.txt", noticesText(root, packages));

const vsce = spawnSync(
  process.execPath,
  [
    "node_modules/@vscode/vsce/vsce",
    ...["package", "--no-dependencies", "--no-update-package-json", "--no-git-tag-version", "--out", vsix],
    ...["--allow-missing-repository", "--no-rewrite-relative-links"],
  ],
  { encoding: "utf8" },
);
if (vsce.status !== 0) fail(`vsce ended with status ${vsce.status}:\n${vsce.stdout}${vsce.stderr}`);

const entries = listZip(vsix).filter((entry) => entry.name.startsWith("extension/"));
const files = entries.map((entry) => ({ ...entry, name: entry.name.slice("extension/".length) }));
const names = new Set(files.map((file) => file.name));
for (const file of files) {
  console.log(`${String(file.size).padStart(9)} ${String(file.compressedSize).padStart(9)}  ${file.name}`);
}
const size = statSync(vsix).size;
console.log(`${vsix}: ${files.length} files, ${size} bytes (${(size / 1024 / 1024).toFixed(2)} MiB)`);
console.log(`Packages bundled: ${packages.join(", ")}`);

const problems = [
  ...files
    .filter(({ name }) => !allowed.some((pattern) => pattern.test(name)))
    .map(({ name }) => `${name} should not be there`),
  ...requiredFiles()
    .filter((name) => !names.has(name))
    .map((name) => `${name} is missing`),
];
if (size > largest) problems.push(`it is larger than ${largest} bytes`);
if (problems.length > 0) fail(problems.map((problem) => `  ${problem}`).join("\n"));

/** What a user needs: what the manifest and the README point to, every program and every sample. */
function requiredFiles() {
  const bundled = results.flatMap((result) => Object.keys(result.metafile.outputs));
  const fromManifest = JSON.stringify(manifest.contributes)
    .match(/"\.?\/?[\w-]+(\/[\w.-]+)*\.(json|svg|png|code-snippets)"/g)
    ?.map((text) => text.slice(1, -1).replace(/^\.\//, ""));
  const fromReadme = [...readFileSync("README.md", "utf8").matchAll(/!\[[^\]]*\]\(([^):]+)\)|src="([^":]+)"/g)].map(
    (match) => match[1] ?? match[2],
  );
  const samples = spawnSync("git", ["ls-files", "samples"], { encoding: "utf8" });
  const sampleFiles = samples.status === 0 ? samples.stdout.split("\n").filter((name) => name && existsSync(name)) : [];
  return [
    ...new Set([
      ...[manifest.main, manifest.browser, manifest.bin["green-threads"], manifest.icon]
        .filter(Boolean)
        .map((path) => path.replace(/^\.\//, "")),
      ...["readme.md", "changelog.md", "LICENSE.txt", "ThirdPartyNotices.txt", "samples/counters/counters.s"],
      ...bundled,
      ...(fromManifest ?? []),
      ...fromReadme,
      ...sampleFiles,
    ]),
  ];
}

function fail(reason) {
  console.error(`The package is NOT in order:\n${reason}`);
  process.exit(1);
}
