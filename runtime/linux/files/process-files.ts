/** What a process is told of itself and of the system in files: /proc/self and others of proc(5). */
import type { DescriptorTable } from "./descriptor-table.js";
import type { FileSystem } from "./file-system.js";
import { Folder, fileTypes, type Node, type NodeClock, SymbolicLink } from "./nodes.js";
import type { OpenFile } from "./open-file.js";

/** What a process is told of itself. */
export interface SelfDescription {
  readonly executablePath: string;
  /** Without the zero bytes at their ends. */
  readonly commandLine: readonly Uint8Array[];
  /** `NAME=value` */
  readonly environment: readonly Uint8Array[];
  readonly memoryMap: string;
  /** The auxiliary vector that it began with. */
  readonly auxiliaryVector: Uint8Array;
  readonly name: Uint8Array;
  readonly workingFolder: Folder;
  readonly descriptors: DescriptorTable;
  readonly id: number;
  readonly parentId: number;
  readonly group: number;
  readonly session: number;
  readonly threads: number;
  readonly creationMask: number;
  /** In nanoseconds: what it was executed, and when it began. */
  readonly executed: bigint;
  readonly began: bigint;
  /** In bytes. */
  readonly mapped: number;
  readonly signals: {
    readonly blocked: bigint;
    readonly pending: bigint;
    readonly ignored: bigint;
    readonly caught: bigint;
  };
}

/** An open file of the process that looks, by its number: whoever follows it arrives at the file itself. */
export class DescriptorLink extends SymbolicLink {
  constructor(
    readonly file: OpenFile,
    files: FileSystem,
    clock: NodeClock,
  ) {
    super(() => nameOf(file, files), clock);
  }
}

function nameOf(file: OpenFile, files: FileSystem): string {
  const { node } = file;
  if (file.path !== undefined) return file.path;
  if (node instanceof Folder) return files.pathOf(node) ?? "/";
  if (node.type === fileTypes.fifo) return `pipe:[${files.inode(node)}]`;
  if (node.type === fileTypes.socket) return `socket:[${files.inode(node)}]`;
  return `anon_inode:[${file.description.replace(/^an? /, "")}]`;
}

/** /proc/self/fd */
class DescriptorFolder extends Folder {
  override readonly isReadOnly = true;

  constructor(
    private readonly descriptors: () => DescriptorTable,
    private readonly files: FileSystem,
  ) {
    super(0o500, files.clock);
  }

  override names(): readonly string[] {
    return this.descriptors().numbers().map(String);
  }

  override lookup(name: string): Node | undefined {
    const file = /^(0|[1-9]\d*)$/.test(name) ? this.descriptors().file(Number(name)) : undefined;
    return file && new DescriptorLink(file, this.files, this.clock);
  }
}

export function addProcessFiles(
  files: FileSystem,
  self: () => SelfDescription,
  clock: { readonly elapsed: bigint },
): void {
  const folder = files.makeFolders("/proc/self");
  const text = (path: string, content: () => string): void => {
    files.addFile(path, 0o444, () => new TextEncoder().encode(content()));
  };
  text("/proc/self/maps", () => self().memoryMap);
  text("/proc/self/stat", () => statText(self()));
  text("/proc/self/statm", () => `${pages(self())} ${pages(self())} 0 0 0 ${pages(self())} 0\n`);
  text("/proc/self/status", () => statusText(self()));
  files.addFile("/proc/self/comm", 0o444, () => withNewline(self().name));
  files.addFile("/proc/self/cmdline", 0o444, () => zeroEnded(self().commandLine));
  files.addFile("/proc/self/environ", 0o400, () => zeroEnded(self().environment));
  files.addFile("/proc/self/auxv", 0o400, () => self().auxiliaryVector);
  folder.add("exe", new SymbolicLink(() => self().executablePath, files.clock));
  folder.add("cwd", new SymbolicLink(() => files.pathOf(self().workingFolder) ?? "/", files.clock));
  folder.add("root", new SymbolicLink("/", files.clock));
  const descriptors = new DescriptorFolder(() => self().descriptors, files);
  descriptors.links = 2;
  folder.add("fd", descriptors);
  files.makeFolders("/proc").add("thread-self", new SymbolicLink("self", files.clock));
  const device = files.makeFolders("/dev");
  device.add("fd", new SymbolicLink("/proc/self/fd", files.clock));
  ["stdin", "stdout", "stderr"].forEach((name, number) => {
    device.add(name, new SymbolicLink(`/proc/self/fd/${number}`, files.clock));
  });
  const seconds = (nanoseconds: bigint): string => (Number(nanoseconds / 10_000_000n) / 100).toFixed(2);
  text("/proc/uptime", () => `${seconds(clock.elapsed)} 0.00\n`);
  text("/proc/loadavg", () => `0.00 0.00 0.00 1/1 ${self().id}\n`);
  text("/proc/version", () => "Linux version 6.1.0 (Green Threads)\n");
  text(
    "/proc/cpuinfo",
    () => "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: Green Threads\ncpu cores\t: 1\n\n",
  );
  text("/proc/meminfo", () => meminfo(self()));
  text("/proc/sys/kernel/ostype", () => "Linux\n");
  text("/proc/sys/kernel/osrelease", () => "6.1.0\n");
  text("/proc/sys/kernel/hostname", () => "green-threads\n");
  text("/proc/sys/kernel/pid_max", () => "32768\n");
  text("/proc/sys/vm/overcommit_memory", () => "0\n");
}

const pageSize = 4096;
/** In bytes: what programs can have together. */
const memorySize = 3 * 1024 * 1024 * 1024;

function pages({ mapped }: SelfDescription): number {
  return mapped / pageSize;
}

function kibibytes(bytes: number): string {
  return `${String(Math.floor(bytes / 1024)).padStart(8)} kB`;
}

function meminfo(self: SelfDescription): string {
  const free = kibibytes(memorySize - self.mapped);
  return `MemTotal:       ${kibibytes(memorySize)}\nMemFree:        ${free}\nMemAvailable:   ${free}\n`;
}

/** Fifty-two numbers; those that mean nothing here are 0. */
function statText(self: SelfDescription): string {
  const ticks = (nanoseconds: bigint): bigint => nanoseconds / 10_000_000n;
  const { id, parentId, group, session, threads, executed, began, mapped, signals } = self;
  const fields: (number | bigint | string)[] = new Array(52).fill(0);
  const name = new TextDecoder().decode(self.name);
  [id, `(${name})`, "R", parentId, group, session].forEach((value, index) => {
    fields[index] = value;
  });
  fields[7] = -1; // foreground group of the terminal
  fields[13] = ticks(executed);
  fields[17] = 20; // priority
  fields[19] = threads;
  fields[21] = ticks(began);
  fields[22] = mapped;
  fields[23] = pages(self);
  fields[24] = (1n << 64n) - 1n; // limit of the resident size
  [signals.pending, signals.blocked, signals.ignored, signals.caught].forEach((set, index) => {
    fields[30 + index] = set & 0x7fffffffn;
  });
  fields[37] = 17; // SIGCHLD
  return `${fields.join(" ")}\n`;
}

function statusText(self: SelfDescription): string {
  const set = (signals: bigint): string => signals.toString(16).padStart(16, "0");
  const { id, parentId, signals, mapped } = self;
  const lines: readonly (readonly [string, string | number])[] = [
    ["Name", new TextDecoder().decode(self.name)],
    ["Umask", self.creationMask.toString(8).padStart(4, "0")],
    ["State", "R (running)"],
    ["Tgid", id],
    ["Ngid", 0],
    ["Pid", id],
    ["PPid", parentId],
    ["TracerPid", 0],
    ["Uid", "1000\t1000\t1000\t1000"],
    ["Gid", "1000\t1000\t1000\t1000"],
    ["FDSize", 64],
    ["Groups", "1000 "],
    ["VmPeak", kibibytes(mapped)],
    ["VmSize", kibibytes(mapped)],
    ["VmRSS", kibibytes(mapped)],
    ["Threads", self.threads],
    ["SigPnd", set(signals.pending)],
    ["ShdPnd", set(0n)],
    ["SigBlk", set(signals.blocked)],
    ["SigIgn", set(signals.ignored)],
    ["SigCgt", set(signals.caught)],
    ["CapInh", set(0n)],
    ["CapPrm", set(0n)],
    ["CapEff", set(0n)],
    ["Cpus_allowed", 1],
    ["Cpus_allowed_list", 0],
  ];
  return lines.map(([name, value]) => `${name}:\t${value}\n`).join("");
}

function withNewline(bytes: Uint8Array): Uint8Array {
  const line = new Uint8Array(bytes.length + 1);
  line.set(bytes);
  line[bytes.length] = 0x0a;
  return line;
}

function zeroEnded(words: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(words.reduce((sum, { length }) => sum + length + 1, 0));
  let at = 0;
  for (const word of words) {
    bytes.set(word, at);
    at += word.length + 1;
  }
  return bytes;
}
