/** The processor of this machine as an executor of cases: `runner.c`, built by gcc, and the batches that it reads. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assemble, type FuzzCase, type Outcome, worldRegions } from "./fuzz-case.js";
import { CpuState, stateSize } from "./state.js";

const folder = process.env.GREEN_THREADS_ROOT
  ? join(process.env.GREEN_THREADS_ROOT, "test/fuzz/cpu")
  : fileURLToPath(new URL(".", import.meta.url));
const flags = ["-O2", "-nostdlib", "-ffreestanding", "-static-pie", "-fPIE", "-fno-stack-protector", "-mno-avx"];
const [signalAlarm, pageFaultVector] = [14, 14];
const resultHeader = 32;
const mostOutput = 1 << 28;
/** Bits of a page fault's error code that are compared: mapped, write, fetch. */
const accessBits = 0x13;
/** The last page below it is the kernel's, too. */
const userSpaceEnd = (1n << 47n) - 4096n;

/** Why cases cannot be run on this machine, or undefined. */
export function whyNotNative(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "this machine is not x86-64 Linux";
  return spawnSync("gcc", ["--version"]).status === 0 ? undefined : "gcc is not installed";
}

export class NativeRunner {
  private readonly folder = mkdtempSync(join(tmpdir(), "green-threads-fuzz-"));
  private readonly path = join(this.folder, "runner");
  /** EAX, EBX, ECX, EDX of the leaves 0, 1, 7, 80000001h, and 0Dh with subleaf 1. */
  readonly cpuid: Uint32Array;
  /** Cases whose execution brought the runner down. */
  crashes = 0;

  constructor() {
    const { status, stderr } = spawnSync("gcc", [...flags, "-o", this.path, join(folder, "runner.c")]);
    if (status !== 0) throw new Error(`the runner cannot be built: ${stderr}`);
    const { stdout } = spawnSync(this.path, ["cpuid"]);
    this.cpuid = new Uint32Array(new Uint8Array(stdout).buffer);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true });
  }

  get isAmd(): boolean {
    return this.cpuid[1] === 0x68747541;
  }

  /** What the processor makes of the cases; undefined for one that brought the runner down. */
  run(cases: readonly FuzzCase[]): (Outcome | undefined)[] {
    const outcomes: (Outcome | undefined)[] = [];
    while (outcomes.length < cases.length) {
      const input = batch(cases.slice(outcomes.length));
      const { stdout } = spawnSync(this.path, { input, maxBuffer: mostOutput, timeout: 120_000 });
      outcomes.push(...results(new Uint8Array(stdout)));
      if (outcomes.length === cases.length) break;
      this.crashes++;
      outcomes.push(undefined);
    }
    return outcomes;
  }
}

/** Little-endian words and bytes, one after the other. */
class BatchWriter {
  private bytes = new Uint8Array(1 << 16);
  private length = 0;

  put(bytes: Uint8Array): void {
    while (this.length + bytes.length > this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  putNumbers(...values: number[]): void {
    this.put(new Uint8Array(new BigUint64Array(values.map(BigInt)).buffer));
  }

  /** With zeros up to a multiple of eight bytes. */
  putPadded(bytes: Uint8Array): void {
    this.put(bytes);
    this.put(new Uint8Array(-bytes.length & 7));
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

function batch(cases: readonly FuzzCase[]): Uint8Array {
  const writer = new BatchWriter();
  writer.put(new Uint8Array(new Uint32Array([worldRegions.length, cases.length]).buffer));
  for (const { address, permissions, content } of worldRegions) {
    const { read, write, execute } = permissions;
    writer.putNumbers(address, content.length, (read ? 1 : 0) | (write ? 2 : 0) | (execute ? 4 : 0));
    writer.put(content);
  }
  for (const test of cases) {
    writer.put(test.state.bytes);
    const patches = [{ address: Number(test.state.word("rip")), bytes: assemble(test).bytes }, ...test.patches];
    writer.putNumbers(patches.length);
    for (const { address, bytes } of patches) {
      writer.putNumbers(address, bytes.length);
      writer.putPadded(bytes);
    }
  }
  return writer.finish();
}

function results(bytes: Uint8Array): Outcome[] {
  const view = new DataView(bytes.buffer);
  const outcomes: Outcome[] = [];
  for (let at = 0; at + resultHeader + stateSize <= bytes.length; ) {
    const [signal, vector, count] = [
      view.getUint32(at, true),
      view.getUint32(at + 8, true),
      view.getUint32(at + 12, true),
    ];
    const [error, address] = [view.getUint32(at + 16, true), view.getBigUint64(at + 24, true)];
    const state = new CpuState(bytes.slice(at + resultHeader, at + resultHeader + stateSize));
    at += resultHeader + stateSize;
    if (at + 16 * count > bytes.length) break;
    const changes = new Map<number, bigint>();
    for (let i = 0; i < count; i++, at += 16) {
      changes.set(Number(view.getBigUint64(at, true)), view.getBigUint64(at + 8, true));
    }
    // Linux hides from a program whether the kernel has a page somewhere.
    const access = error & (address >= userSpaceEnd ? accessBits & ~1 : accessBits);
    outcomes.push({
      vector: signal === signalAlarm ? "endless" : vector,
      ...(vector === pageFaultVector && signal !== signalAlarm ? { pageFault: { address, access } } : {}),
      state,
      changes,
    });
  }
  return outcomes;
}
