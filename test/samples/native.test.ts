/** The judge of the samples and of the guest library: GNU as, GNU ld and a real processor, where there are such. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectedOutput, samplePath, samples } from "./sample-list.js";

const canRunNatively =
  process.platform === "linux" &&
  process.arch === "x64" &&
  ["as", "ld", "ar"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

describe.runIf(canRunNatively)("natively", () => {
  const guest = fileURLToPath(new URL("../../runtime/guest/", import.meta.url));
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "green-threads-native-"));
    const objects = readdirSync(guest)
      .filter((name) => name.endsWith(".s"))
      .map((name) => {
        const object = join(folder, name.replace(/s$/, "o"));
        runTool("as", "--fatal-warnings", "-o", object, join(guest, name));
        return object;
      });
    runTool("ar", "rcs", join(folder, "library.a"), ...objects);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Assembles, links as a static program and runs it. */
  function runNatively(source: string | { text: string }) {
    const object = join(folder, "program.o");
    const program = join(folder, "program");
    const input = typeof source === "string" ? source : "-";
    const assembler = spawnSync("as", ["--fatal-warnings", "-o", object, input], {
      input: typeof source === "string" ? "" : `${source.text}\n`,
    });
    expect(String(assembler.stderr)).toBe("");
    runTool("ld", "-o", program, "-u", "_start", object, join(folder, "library.a"));
    const { stdout, stderr, status, signal } = spawnSync(program, { encoding: "utf8", timeout: 20_000 });
    return { stdout, stderr, status: signal === "SIGSEGV" ? 139 : status };
  }

  test.each(samples.map((sample) => [sample.name, sample] as const))("%s", (_, sample) => {
    const { stdout, status } = runNatively(samplePath(sample));
    expect(stdout).toBe(expectedOutput(sample));
    expect(status).toBe(sample.expectedStatus);
  });

  test("no thread is available", () => {
    const { stdout, stderr, status } = runNatively({
      text: `
        .globl main
        main: sub $8, %rsp
              mov $2, %edi
              mov $4096, %esi
              call gt_init
              lea finish(%rip), %rdi
              call gt_spawn
              mov %rax, %rdi
              call print_integer
              lea finish(%rip), %rdi
              call gt_spawn
        finish: ret`,
    });
    expect(stdout).toBe("1");
    expect(stderr).toBe("green threads: no thread is available (all 2 are in use)\n");
    expect(status).toBe(70);
  });

  test("no memory for the stacks", () => {
    const { stderr, status } = runNatively({
      text: `
        .globl main
        main: sub $8, %rsp
              mov $1000, %edi
              mov $1, %esi
              shl $45, %rsi
              call gt_init`,
    });
    expect(stderr).toBe("green threads: there is no memory for the stacks\n");
    expect(status).toBe(71);
  });

  test("a finished thread's place is used again, and its number with it", () => {
    const { stdout, status } = runNatively({
      text: `
        .globl main
        main: push %rbx
              mov $2, %edi
              mov $4000, %esi
              call gt_init
              mov $3, %ebx
        1:    lea thread(%rip), %rdi
              mov %rbx, %rsi
              call gt_spawn_arg
              mov %rax, %rdi
              call print_integer
              call gt_yield
              mov %rax, %rdi
              call print_integer
              call gt_yield
              mov %rax, %rdi
              call print_integer
              dec %rbx
              jnz 1b
              xor %eax, %eax
              pop %rbx
              ret
        # every thread is entered with rsp 8 above a multiple of 16
        thread: lea 8(%rsp), %rax
              and $15, %eax
              add %rax, %rdi
              jmp print_integer`,
    });
    // number, what the thread printed, gt_yield's result with it, and without it
    expect(stdout).toBe("131012101110");
    expect(status).toBe(0);
  });

  test.each(["0", "7", "-1", "10", "9223372036854775807", "-9223372036854775808"])("print_integer(%s)", (number) => {
    const { stdout, status } = runNatively({
      text: `
        .globl main
        main: sub $8, %rsp
              movabs $${number}, %rdi
              call print_integer
              mov $300, %eax
              add $8, %rsp
              ret`,
    });
    expect(stdout).toBe(number);
    expect(status).toBe(300 & 255);
  });
});

function runTool(name: string, ...parameters: string[]): void {
  const { status, stderr } = spawnSync(name, parameters, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} ${parameters.join(" ")}: ${stderr}`);
}
