import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { GuestAddress } from "../../../runtime/base/guest-address.js";
import { readExecutable } from "../../../runtime/object/read-executable.js";
import type { StackFrame } from "../../../runtime/threads/types.js";
import { Guest } from "./guest.js";

const hasCompiler = process.platform === "linux" && spawnSync("gcc", ["--version"]).status === 0;
if (!hasCompiler) console.warn("skipped for want of gcc");

/** rbx, rbp, r12 to r15 by the hardware's numbers: what a frame gets back from the functions it calls. */
const preserved = [
  ["rbx", 3],
  ["rbp", 5],
  ["r12", 12],
  ["r13", 13],
  ["r14", 14],
  ["r15", 15],
] as const;

/** Kept by watching calls and moves of `rsp`, with no knowledge of how stacks are unwound. */
interface Call {
  readonly cfa: bigint;
  readonly returnAddress: bigint | undefined;
  readonly registers: readonly bigint[];
}

describe.runIf(hasCompiler)("programs unwound by the tables that they bring along", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-tables-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ["-O0", "-static", "-s"],
    ["-O2", "-static", "-s"],
    ["-O2", "-static-pie", "-s", "-fomit-frame-pointer"],
  ])("%s %s %s: no symbols, every frame and register of it", { timeout: 120_000 }, (...flags) => {
    const guest = build(recursion, flags);
    const differences: string[] = [];
    const calls: Call[] = [];
    let [random, compared, guessed] = [7, 0, 0];
    while (!guest.isOver) {
      random = (random * 1103515245 + 12345) % 2147483648;
      if (Math.floor(random / 65536) % 29 === 0) {
        guest.threads.onStop();
        const trace = guest.threads.stackTrace(guest.threads.current()) ?? [];
        compared++;
        // Assembly without tables can only be guessed, and says so.
        if (trace.some(({ isGuessed }) => isGuessed)) guessed++;
        else differences.push(...compare(trace, calls));
      }
      step(guest, calls);
    }
    expect(guest.exitStatus).toBe(55 % 256);
    expect(compared).toBeGreaterThan(150);
    expect(guessed / compared).toBeLessThan(0.03);
    expect(differences.slice(0, 5)).toEqual([]);
  });

  it.each([["-O0"], ["-O2"]])("through a signal's frame on another stack, %s", { timeout: 120_000 }, (level) => {
    const guest = build(signals, [level, "-static"]);
    const handler = guest.addressOf("handler");
    while (!guest.isOver && guest.rip !== handler) guest.step();
    guest.threads.onStop();
    const trace = guest.threads.stackTrace(guest.threads.current()) ?? [];
    const names = trace.map(({ functionName }) => functionName);
    expect(names.slice(0, 2)).toEqual(["handler", "__restore_rt"]);
    expect(names.slice(names.indexOf("work"))).toEqual(expect.arrayContaining(["work", "main"]));
    expect(trace.some(({ isGuessed }) => isGuessed)).toBe(false);
    // What the system saved of the interrupted function lies in the signal's frame: rip at 168, rsp at 160.
    const frame = guest.machine.registers.general("rsp") + 8n;
    const word = (offset: bigint) => guest.machine.memory.readWord((frame + offset) as GuestAddress);
    expect(trace[2]?.instruction).toBe(word(168n));
    expect(trace[2]?.registers.general[4]).toBe(word(160n));
  });

  function build(source: string, flags: readonly string[]): Guest {
    const [input, program] = [join(folder, "program.c"), join(folder, "program")];
    writeFileSync(input, source);
    const { status, stderr } = spawnSync("gcc", [...flags, input, "-o", program], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    const image = readExecutable(new Uint8Array(readFileSync(program)));
    if (!image.ok) throw new Error(image.error);
    return new Guest(image.value);
  }
});

function compare(trace: readonly StackFrame[], calls: readonly Call[]): string[] {
  const expected = [...calls].reverse();
  const at = trace[0]?.instruction.toString(16);
  if (trace.length !== expected.length + 1) return [`at ${at}: ${trace.length} frames, not ${expected.length + 1}`];
  return expected.flatMap((call, index) => {
    const [frame, caller] = [trace[index], trace[index + 1]];
    if (frame?.canonicalFrameAddress !== call.cfa) return [`at ${at}: CFA of frame ${index}`];
    if (caller?.instruction !== call.returnAddress) return [`at ${at}: return address of frame ${index}`];
    return preserved.flatMap(([name, number], position) => {
      const value = caller?.registers.general[number];
      return value === undefined || value === call.registers[position]
        ? []
        : [`at ${at}: ${name} of frame ${index + 1}`];
    });
  });
}

function step(guest: Guest, calls: Call[]): void {
  const { registers, memory } = guest.machine;
  const bytes = memory.read(registers.rip, 4);
  const before = registers.general("rsp");
  const kept = preserved.map(([name]) => registers.general(name));
  const count = guest.machine.instructionCount;
  guest.step();
  if (guest.machine.instructionCount === count) return;
  const after = registers.general("rsp");
  if (isCall(bytes) && after === before - 8n) {
    calls.push({ cfa: before, returnAddress: memory.readWord(after as GuestAddress), registers: kept });
  } else while (calls.length > 0 && after >= (calls.at(-1)?.cfa ?? 0n)) calls.pop();
}

/** `e8`, or `ff /2`, with any of the prefixes that linkers and compilers put before them. */
function isCall(bytes: Uint8Array): boolean {
  const start = [...bytes].findIndex((byte) => ![0x67, 0x3e, 0xf2].includes(byte) && !(byte >= 0x40 && byte < 0x50));
  return bytes[start] === 0xe8 || (bytes[start] === 0xff && (((bytes[start + 1] ?? 0) >> 3) & 7) === 2);
}

const recursion = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
__attribute__((noinline)) static int sum(int n, char *text) {
  char copy[40];
  snprintf(copy, sizeof copy, "%s %d", text, n);
  return n == 0 ? (int)strlen(copy) * 0 : n + sum(n - 1, copy + 1);
}
static int order(const void *one, const void *two) { return *(const int *)one - *(const int *)two; }
int main(int argc, char **argv) {
  int values[] = {5, 3, 9, 1, 7};
  int *space = __builtin_alloca(64 * argc);
  space[0] = 1;
  qsort(values, 5, sizeof *values, order);
  return sum(10, "text") + values[0] - space[0];
}
`;

const signals = `
#include <signal.h>
#include <stdlib.h>
static volatile int hits;
__attribute__((noinline)) void handler(int number) { hits += number; }
__attribute__((noinline)) int work(int n) { raise(SIGUSR1); return hits + n; }
int main(void) {
  stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  sigaltstack(&stack, 0);
  sigaction(SIGUSR1, &action, 0);
  return work(1) - 1 - SIGUSR1;
}
`;
