/** System calls, traps, identification, and what user code may not do. Intel SDM vol. 2. */
import { define } from "../define.js";
import { fixedFlags } from "../flags.js";

/** SYSCALL: rCX ← address of the next instruction, r11 ← RFLAGS; then the system decides. */
define("syscall", (b) => {
  b.register("c", 8).write(b.instruction("nextAddress"));
  b.register("r11", 8).write(b.or(b.or(b.statusFlags(), b.state("otherFlags")), b.constant(fixedFlags)));
  b.systemCall();
});

/** INT3: a trap. Unlike on the processor, rIP stays at the instruction; the debugger wants to show it. */
define("int3", (b) => b.fault("breakpointTrap"));

/** INT1 (ICEBP): a debug trap; reported as INT3 is. */
define("int1", (b) => b.fault("debugTrap"));

define("ud2", (b) => b.fault("invalidOpcode"));

/** CPUID: leaf in EAX, subleaf in ECX. See `helpers.ts` for what is announced. */
define("cpuid", (b) => {
  const leaf = b.register("a", 4).readUnsigned();
  const subleaf = b.register("c", 4).readUnsigned();
  for (const [index, register] of (["a", "b", "c", "d"] as const).entries()) {
    b.register(register, 4).write(b.helper("cpuid", leaf, subleaf, b.constant(index)));
  }
});

/** RDTSC: EDX:EAX ← the clock, which counts instructions. */
define("rdtsc", (b) => {
  const count = b.instructionCount();
  b.register("a", 4).write(count);
  b.register("d", 4).write(b.shiftRight(count, 32));
});

/** RDTSCP: as RDTSC; ECX ← the processor's number, 0. */
define("rdtscp", (b) => {
  const count = b.instructionCount();
  b.register("a", 4).write(count);
  b.register("d", 4).write(b.shiftRight(count, 32));
  b.register("c", 4).write(b.constant(0));
});

/** Instructions that privilege level 3 with IOPL 0 may not execute. */
const privileged =
  "cli sti hlt in out insb insw insd outsb outsw outsd invd wbinvd wbnoinvd invlpg clts lgdt lidt lldt ltr lmsw rdmsr wrmsr " +
  "rdpmc swapgs sysretq sysret sysexit sysexitq monitor mwait int xsetbv";
for (const name of [...privileged.split(" "), "mov system"]) define(name, (b) => b.fault("privilegedInstruction"));
