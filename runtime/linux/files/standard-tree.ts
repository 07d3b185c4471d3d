import type { Mapping } from "../../engine/machine.js";
import type { SeededRandom } from "../random.js";
import { FileSystem } from "./file-system.js";
import { type HostFolder, HostFolderNode } from "./host-folder.js";
import { CharacterDevice, type DeviceBehavior, type NodeClock } from "./nodes.js";
import { addProcessFiles, type SelfDescription } from "./process-files.js";

export interface StandardTreeOptions {
  readonly clock: NodeClock;
  readonly random: SeededRandom;
  readonly hostFolders: readonly HostFolder[];
  /** The process that looks: what the files under /proc/self tell. */
  readonly self: () => SelfDescription;
  /** Tells how long the system has been there. */
  readonly uptime: { readonly elapsed: bigint };
}

/** The folder in which programs begin, and where their executable seems to be. */
export const homeFolder = "/home/user";

/** The tree of files that every program finds: folders to write to, the usual devices, and what it is told of itself. */
export function standardTree(options: StandardTreeOptions): FileSystem {
  const { clock, random } = options;
  const files = new FileSystem(clock);
  for (const path of ["/bin", "/dev/shm", "/etc", homeFolder, "/proc/self", "/tmp", "/usr", "/var/tmp"]) {
    files.makeFolders(path);
  }
  for (const path of ["/tmp", "/var/tmp", "/dev/shm"]) files.makeFolders(path).permissions = 0o1777;
  addDevices(files, random);
  const text = (content: string) => () => new TextEncoder().encode(content);
  files.addFile(
    "/etc/passwd",
    0o444,
    text(`root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:${homeFolder}:/bin/sh\n`),
  );
  files.addFile("/etc/group", 0o444, text("root:x:0:\nuser:x:1000:\n"));
  files.addFile("/etc/hostname", 0o444, text("green-threads\n"));
  files.addFile("/etc/hosts", 0o444, text("127.0.0.1\tlocalhost green-threads\n"));
  files.addFile("/etc/nsswitch.conf", 0o444, text("passwd: files\ngroup: files\nhosts: files\n"));
  addProcessFiles(files, options.self, options.uptime);
  for (const { path, folder } of options.hostFolders) {
    const slash = path.lastIndexOf("/");
    const parent = files.makeFolders(path.slice(0, slash));
    // What was there is covered.
    parent.remove(path.slice(slash + 1));
    parent.add(path.slice(slash + 1), new HostFolderNode(folder, clock));
  }
  return files;
}

/** What programs have of their own: a folder of the host cannot take its place. */
const ownFolders = ["/dev", "/home", homeFolder, "/proc"];

/** Why programs cannot find folders of the host at those paths, in words for the user; undefined: they can. */
export function problemOfHostFolders(paths: readonly string[]): string | undefined {
  const remedy = "Choose another path for it, such as /data.";
  for (const path of paths) {
    const names = path.split("/").slice(1);
    if (!path.startsWith("/") || names.some((name) => ["", ".", ".."].includes(name) || name.includes("\0"))) {
      return `The program cannot find a folder of the host at "${path}": that is no absolute path of a folder. ${remedy}`;
    }
    if (ownFolders.includes(path) || path.startsWith("/dev/") || path.startsWith("/proc/")) {
      return `The program cannot find a folder of the host at ${path}: it has one there of its own. ${remedy}`;
    }
    const around = paths.find((other) => path.startsWith(`${other}/`));
    if (around !== undefined) {
      return `The program cannot find a folder of the host at ${path}: that lies in another one, ${around}. ${remedy}`;
    }
  }
  return undefined;
}

/** The terminal of whoever opens it. */
export const terminalDevice = [5, 0] as const;

function addDevices(files: FileSystem, random: SeededRandom): void {
  const folder = files.makeFolders("/dev");
  const add = (name: string, major: number, minor: number, behavior: DeviceBehavior): void =>
    folder.add(name, new CharacterDevice([major, minor], behavior, files.clock));
  const swallow = (bytes: Uint8Array): number => bytes.length;
  const zeros = (count: number): Uint8Array => new Uint8Array(count);
  add("null", 1, 3, { read: () => new Uint8Array(), write: swallow });
  add("zero", 1, 5, { read: zeros, write: swallow });
  add("full", 1, 7, { read: zeros, write: () => "ENOSPC" });
  add("random", 1, 8, { read: (count) => random.bytes(count), write: swallow });
  // Opening it means the terminal among the standard streams; see `openNode`.
  add("tty", ...terminalDevice, { read: () => "EIO", write: () => "EIO" });
  add("urandom", 1, 9, { read: (count) => random.bytes(count), write: swallow });
}

/** The lines of /proc/self/maps (proc(5)). `nameAt` names what begins or lies at an address: `[stack]`. */
export function memoryMapText(mappings: readonly Mapping[], nameAt: (start: bigint) => string): string {
  return mappings
    .map(({ start, end, permissions }) => {
      const { read, write, execute } = permissions;
      const rights = `${read ? "r" : "-"}${write ? "w" : "-"}${execute ? "x" : "-"}p`;
      const range = `${start.toString(16).padStart(8, "0")}-${end.toString(16).padStart(8, "0")}`;
      return `${`${range} ${rights} 00000000 00:00 0`.padEnd(73)}${nameAt(start)}`.trimEnd().concat("\n");
    })
    .join("");
}
