import { describe, expect, it } from "vitest";
import { canRunNatively, runNatively } from "../execution/native.js";
import { run } from "../execution/session.js";

/** Number, arguments as immediate operands, and what the kernel answers. `buffer` has 64 bytes, `words` four. */
type Case = readonly [what: string, number: number, args: readonly (string | number)[], result: number];

const [EBADF, ENOMEM, EFAULT, EEXIST, EINVAL, ENOTTY, ESPIPE, ENOSYS] = [-9, -12, -14, -17, -22, -25, -29, -38];

const cases: readonly Case[] = [
  ["write to a descriptor that is not open", 1, [99, "text", 1], EBADF],
  ["write from address 0", 1, [1, 0, 1], EFAULT],
  ["write nothing", 1, [1, 0, 0], 0],
  ["write from unmapped memory", 1, [1, 0x300000, 4], EFAULT],
  ["write text", 1, [1, "text", 5], 5],
  ["writev of two pieces", 20, [1, "vector", 2], 8],
  ["writev from unmapped memory", 20, [1, 0x300000, 2], EFAULT],
  ["writev of a negative number of pieces", 20, [1, "vector", -1], EINVAL],
  ["read three bytes", 0, [0, "buffer", 3], 3],
  ["read into read-only memory", 0, [0, "text", 3], EFAULT],
  ["read into address 0", 0, [0, 0, 3], EFAULT],
  ["read nothing", 0, [0, "buffer", 0], 0],
  ["readv the rest", 19, [0, "input_vector", 2], 4],
  ["read at the end", 0, [0, "buffer", 10], 0],
  ["read from a descriptor that is not open", 0, [99, "buffer", 1], EBADF],
  ["close a descriptor that is not open", 3, [99], EBADF],
  ["seek in a pipe", 8, [0, 0, 0], ESPIPE],
  ["seek in nothing", 8, [99, 0, 0], EBADF],
  ["ask for the terminal of a pipe (TCGETS)", 16, [1, 0x5401, "buffer"], ENOTTY],
  ["map no bytes", 9, [0, 0, 3, 0x22, -1, 0], EINVAL],
  ["map neither shared nor private", 9, [0, 4096, 3, 0x20, -1, 0], EINVAL],
  ["map a file that is not open", 9, [0, 4096, 3, 2, 99, 0], EBADF],
  ["map at a fixed odd address", 9, [0x20000001, 4096, 3, 0x32, -1, 0], EINVAL],
  ["map more than there is", 9, [0, "0x7fffffffffff0000", 3, 0x22, -1, 0], ENOMEM],
  ["map at a fixed address", 9, [0x20000000, 8192, 3, 0x32, -1, 0], 0x20000000],
  ["map where something is (MAP_FIXED_NOREPLACE)", 9, [0x20001000, 4096, 3, 0x100022, -1, 0], EEXIST],
  ["map at a free hint", 9, [0x21000000, 4096, 3, 0x22, -1, 0], 0x21000000],
  ["protect it", 10, [0x20000000, 4096, 1], 0],
  ["random bytes into what is protected now", 318, [0x20000000, 1, 0], EFAULT],
  ["read into it at the end of the input: nothing is written", 0, [0, 0x20000000, 1], 0],
  ["protect an odd address", 10, [1, 4096, 1], EINVAL],
  ["protect what is not mapped", 10, [0x30000000, 4096, 1], ENOMEM],
  ["protect no bytes", 10, [0x30000000, 0, 1], 0],
  ["unmap it", 11, [0x20000000, 8192], 0],
  ["unmap it again: nothing is an error there", 11, [0x20000000, 8192], 0],
  ["unmap an odd address", 11, [1, 4096], EINVAL],
  ["unmap no bytes", 11, [0x20000000, 0], EINVAL],
  ["use what was unmapped", 1, [1, 0x20000000, 1], EFAULT],
  ["set the base of FS", 158, [0x1002, "buffer"], 0],
  ["read the base of FS", 158, [0x1003, "words"], 0],
  ["arch_prctl with an unknown code", 158, [0x1234, 0], EINVAL],
  ["read the base of FS to nowhere", 158, [0x1003, 0], EFAULT],
  ["the time of a clock", 228, [1, "words"], 0],
  ["the time of no clock", 228, [99, "words"], EINVAL],
  ["the time to nowhere", 228, [0, 8], EFAULT],
  ["the resolution of a clock", 229, [1, "words"], 0],
  ["the resolution of no clock", 229, [99, "words"], EINVAL],
  ["the time of day to nowhere", 96, [8, 0], EFAULT],
  ["sleep ten nanoseconds", 35, ["short_time", 0], 0],
  ["sleep a wrong number of nanoseconds", 35, ["wrong_time", 0], EINVAL],
  ["sleep a time from nowhere", 35, [8, 0], EFAULT],
  ["sleep until a moment that is over", 230, [1, 1, "short_time", 0], 0],
  ["an action for signal 0", 13, [0, 0, 0, 8], EINVAL],
  ["an action for SIGKILL", 13, [9, "action", 0, 8], EINVAL],
  ["an action with a wrong set size", 13, [11, 0, 0, 4], EINVAL],
  ["ignore SIGUSR1", 13, [10, "action", 0, 8], 0],
  ["the action of SIGUSR1", 13, [10, 0, "buffer", 8], 0],
  ["an action from nowhere", 13, [10, 8, 0, 8], EFAULT],
  ["block a signal", 14, [0, "words", 0, 8], 0],
  ["change the mask in an unknown way", 14, [9, "words", 0, 8], EINVAL],
  ["the mask with a wrong set size", 14, [0, 0, 0, 16], EINVAL],
  ["random bytes", 318, ["buffer", 16, 0], 16],
  ["random bytes to nowhere", 318, [8, 16, 0], EFAULT],
  ["the system's name", 63, ["names"], 0],
  ["the system's name to nowhere", 63, [8], EFAULT],
  ["yield", 24, [], 0],
  ["a number that no kernel knows", 999, [], ENOSYS],
];

const argumentRegisters = ["rdi", "rsi", "rdx", "r10", "r8", "r9"];

/** Makes each call and prints its result on a line of its own. */
const program = `
        .globl main
main:   sub $8, %rsp
${cases
  .map(
    ([, number, args]) => `
        ${args.map((arg, index) => `movabs $${arg}, %${argumentRegisters[index]}`).join("\n        ")}
        mov $${number}, %eax
        syscall
        mov %rax, %rdi
        call print_integer
        call print_newline`,
  )
  .join("\n")}
        xor %eax, %eax
        add $8, %rsp
        ret
        .section .rodata
text:   .ascii "text\\n"
        .data
vector: .quad text, 3, text, 5
input_vector: .quad buffer, 2, buffer, 10
short_time: .quad 0, 10
wrong_time: .quad 0, 1000000000
action: .quad 1, 0, 0, 0
        .bss
buffer: .zero 64
words:  .zero 32
names:  .zero 390
`;
const input = "abcdefg";

const expected = cases.map(([what, , , result]) => `${what}: ${result}`);

describe("system calls answer as Linux does", () => {
  it("here", async () => {
    const { stop, output } = await run(program, { standardInput: new TextEncoder().encode(input) });
    expect(stop).toEqual({ kind: "exited", status: 0 });
    expect(labelled(output)).toEqual(expected);
  });

  it.runIf(canRunNatively)("and on this machine's kernel", () => {
    const native = runNatively(program, { input });
    expect(native.status).toBe(0);
    expect(labelled(native.output)).toEqual(expected);
  });
});

/** The results beside what they are about, so that a difference says which call it is. */
function labelled(output: string): string[] {
  const results = output.split("\n").filter((line) => /^-?\d+$/.test(line));
  return cases.map(([what], index) => `${what}: ${results[index]}`);
}
