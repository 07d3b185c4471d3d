// Installs the real VS Code for tests, once per machine, outside the clone.   node build/vscode-host/install.mjs
// Everything comes from the npm registry. It is built in a temporary folder and then renamed, so that an interrupted
// installation is never taken for a complete one. Needs a C++ compiler, make and python3 (two native modules).
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, findHost, hostDirectory, nodePackage, versions } from "./location.mjs";

/** Folders of installations that were interrupted are removed when they are older than this. */
const abandonedAfter = 60 * 60 * 1000;

/**
 * Installs the host unless it is there.
 * @returns {{ node: string, codeServer: string }}
 */
export function installHost() {
  const present = findHost();
  if (present) return present;
  if (process.platform === "win32") {
    throw new Error("code-server does not run on Windows. Use npm run test:electron, or a Linux container.");
  }
  const cache = cacheDirectory();
  mkdirSync(cache, { recursive: true });
  removeAbandoned(cache);
  const building = mkdtempSync(join(cache, "installing-"));
  console.log(`Installing code-server ${versions.codeServer} (about a minute, 0.8 GB) in ${hostDirectory()}`);
  try {
    build(building);
    writeFileSync(join(building, "complete"), `${new Date().toISOString()}\n`);
    try {
      renameSync(building, hostDirectory());
    } catch (error) {
      // Someone else may have finished at the same time; theirs is as good as ours.
      if (!findHost()) throw error;
    }
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  const host = findHost();
  if (!host) throw new Error(`the installation in ${hostDirectory()} is not complete`);
  return host;
}

function build(directory) {
  const nodeFolder = join(directory, "node");
  const nodeHome = join(nodeFolder, "node_modules", nodePackage);
  const npmOptions = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  createPackage(nodeFolder);
  run(nodeFolder, "npm", ["install", ...npmOptions, `${nodePackage}@${versions.node}`]);

  // From here on it is the new Node that runs npm, and its headers that native modules are compiled against.
  const environment = {
    ...process.env,
    PATH: `${join(nodeHome, "bin")}:${process.env.PATH}`,
    npm_config_nodedir: nodeHome,
    npm_config_engine_strict: "false",
  };
  const serverFolder = join(directory, "server");
  createPackage(serverFolder);
  run(
    serverFolder,
    "npm",
    ["install", ...npmOptions, "--ignore-scripts", `code-server@${versions.codeServer}`],
    environment,
  );

  const vscode = join(serverFolder, "node_modules", "code-server", "lib", "vscode");
  const productionOnly = ["install", ...npmOptions, "--omit=dev", "--ignore-scripts"];
  run(vscode, "npm", productionOnly, environment);
  run(vscode, "npm", ["rebuild", "@vscode/spdlog", "@vscode/native-watchdog"], environment);
  run(join(vscode, "extensions"), "npm", productionOnly, environment);
  const system = process.platform === "darwin" ? "darwin" : "linux";
  replaceLink(`code-${system}.sh`, join(vscode, "bin", "remote-cli", "code-server"));
  replaceLink(`browser-${system}.sh`, join(vscode, "bin", "helpers", "browser.sh"));
}

function createPackage(folder) {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
}

function replaceLink(target, path) {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

function run(cwd, command, parameters, env = process.env) {
  console.log(`  ${command} ${parameters.filter((each) => !each.startsWith("--no-")).join(" ")}`);
  const { status, error } = spawnSync(command, parameters, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
  if (error) throw error;
  if (status !== 0) {
    throw new Error(
      `${command} ${parameters.join(" ")} ended with status ${status}. It needs the npm registry, a C++ compiler, make and python3.`,
    );
  }
}

function removeAbandoned(cache) {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (name.startsWith("installing-") && Date.now() - statSync(path).mtimeMs > abandonedAfter) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const started = Date.now();
    const wasThere = findHost() !== undefined;
    installHost();
    console.log(
      `VS Code for tests ${wasThere ? "is" : `was installed in ${Math.round((Date.now() - started) / 1000)} s`}: ${hostDirectory()}`,
    );
  } catch (error) {
    console.error(`\nVS Code for tests could NOT be installed: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
