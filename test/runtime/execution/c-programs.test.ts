import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readExecutable } from "../../../runtime/debuggee.js";
import { canRunNatively } from "./native.js";
import { Session } from "./session.js";

const hasCompiler = canRunNatively && spawnSync("gcc", ["--version"]).status === 0;

/** Freestanding C: sorting, division, 64-bit arithmetic, recursion, and text, without a C library. */
const source = `
typedef unsigned long u64;
static long call(long number, long one, long two, long three) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(one), "S"(two), "d"(three) : "rcx", "r11", "memory");
  return result;
}
static void print(u64 value) {
  char text[24];
  int at = 24;
  text[--at] = '\\n';
  do { text[--at] = '0' + value % 10; value /= 10; } while (value);
  call(1, 1, (long)(text + at), 24 - at);
}
static u64 state = 88172645463325252ull;
static u64 next(void) { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }
static void sort(u64 *list, long low, long high) {
  if (low >= high) return;
  u64 pivot = list[(low + high) / 2];
  long left = low, right = high;
  while (left <= right) {
    while (list[left] < pivot) left++;
    while (list[right] > pivot) right--;
    if (left <= right) { u64 kept = list[left]; list[left++] = list[right]; list[right--] = kept; }
  }
  sort(list, low, right);
  sort(list, left, high);
}
static u64 list[300];
static int ackermann(int m, int n) {
  return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}
void start(void) {
  for (int i = 0; i < 300; i++) list[i] = next() >> (i & 31);
  sort(list, 0, 299);
  for (int i = 0; i < 300; i += 7) print(list[i]);
  print(ackermann(2, 9));
  int negative = (int)next() | (int)0x80000000;
  print((u64)(unsigned)(negative / 7) * 3 + (unsigned)(negative % 7));
  print((u64)__builtin_clzl(list[5] | 1) + (u64)__builtin_ctzl(list[8] | 256) + __builtin_bswap32((unsigned)list[6]));
  call(60, 33, 0, 0);
  __builtin_unreachable();
}
`;

describe.runIf(hasCompiler)("C programs, compiled by gcc, do what they do on the processor", () => {
  it.each(["-O0", "-O1", "-O2", "-Os"])("%s", async (level) => {
    const folder = mkdtempSync(join(tmpdir(), "green-threads-c-"));
    try {
      writeFileSync(join(folder, "program.c"), source);
      const flags = [
        "-static",
        "-no-pie",
        "-nostdlib",
        "-ffreestanding",
        "-fno-stack-protector",
        "-mgeneral-regs-only",
      ];
      const compiled = spawnSync("gcc", [level, ...flags, "-Wl,-e,start", "-o", "program", "program.c"], {
        cwd: folder,
        encoding: "utf8",
      });
      expect(compiled.stderr).toBe("");
      const native = spawnSync("./program", [], { cwd: folder, encoding: "utf8" });
      const image = readExecutable(readFileSync(join(folder, "program")));
      if (!image.ok) throw new Error(image.error);
      const session = new Session(image.value);
      expect(await session.continue()).toEqual({ kind: "exited", status: native.status });
      expect(session.output).toBe(native.stdout);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
