/** Lists the assembly files of a folder of this machine. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Folders looked into, at most: links and generated trees can be endless. */
const mostFolders = 20_000;
/** What people do not write themselves; folders that start with a dot are left out too. */
const skippedFolders = new Set(["node_modules", "target"]);

/** URIs of the files below `folder` with one of the extensions, those near its top first; at most `limit`. */
export async function findFiles(folder: string, extensions: readonly string[], limit: number): Promise<string[]> {
  const found: string[] = [];
  const pending = [fileURLToPath(folder)];
  for (let visited = 0; visited < pending.length && visited < mostFolders; visited++) {
    const path = pending[visited] ?? "";
    // A folder that may not be read has nothing for us.
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith(".") && !skippedFolders.has(entry.name)) pending.push(inner);
      } else if (entry.isFile() && extensions.includes(entry.name.slice(entry.name.lastIndexOf(".") + 1))) {
        found.push(pathToFileURL(inner).href);
        if (found.length >= limit) return found;
      }
    }
  }
  return found;
}
