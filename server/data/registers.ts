/** The part that each register plays in the two ABIs. System V psABI, 3.2; Microsoft's x64 calling convention. */

export interface RegisterRole {
  readonly systemV: string;
  readonly windows: string;
  /** Whether a called function must give it back unchanged. */
  readonly isPreserved: { readonly systemV: boolean; readonly windows: boolean };
  /** What instructions use it for without naming it. */
  readonly implied?: string;
}

const role = (
  systemV: string,
  windows: string,
  preserved: "both" | "none" | "windows",
  implied?: string,
): RegisterRole => ({
  systemV,
  windows,
  isPreserved: { systemV: preserved === "both", windows: preserved !== "none" },
  implied,
});

/** By the name of the 64-bit register. */
export const generalRegisterRoles: Readonly<Record<string, RegisterRole>> = {
  rax: role("result", "result", "none", "system call number and result; mul, div, cmpxchg, string instructions"),
  rbx: role("free", "free", "both"),
  rcx: role("argument 4", "argument 1", "none", "counter of rep, loop and shifts (cl); syscall overwrites it"),
  rdx: role("argument 3, second result", "argument 2", "none", "upper half of mul and div"),
  rsi: role("argument 2", "free", "windows", "source of string instructions"),
  rdi: role("argument 1", "free", "windows", "destination of string instructions"),
  rbp: role("free, or frame pointer", "free, or frame pointer", "both", "enter and leave"),
  rsp: role("stack pointer", "stack pointer", "both", "push, pop, call, ret"),
  r8: role("argument 5", "argument 3", "none"),
  r9: role("argument 6", "argument 4", "none"),
  r10: role("free (argument 4 of system calls)", "free", "none"),
  r11: role("free", "free", "none", "syscall overwrites it"),
  r12: role("free", "free", "both"),
  r13: role("free", "free", "both"),
  r14: role("free", "free", "both"),
  r15: role("free", "free", "both"),
};

/** Of xmm`number` (the lower 128 bits; wider parts are preserved by nobody). */
export function vectorRegisterRole(number: number): RegisterRole {
  const systemV = number < 8 ? `floating-point argument ${number + 1}${number < 2 ? ", result" : ""}` : "free";
  const windows = number < 4 ? `floating-point argument ${number + 1}${number === 0 ? ", result" : ""}` : "free";
  return role(systemV, windows, number >= 6 && number <= 15 ? "windows" : "none");
}

/** Registers of which there is one thing to say. */
export const otherRegisters: Readonly<Record<string, string>> = {
  rip: "Instruction pointer. As a base it makes addresses relative to the next instruction: `symbol(%rip)`.",
  eip: "Lower half of the instruction pointer.",
  fs: "Segment whose base is, on Linux, the thread's local storage.",
  gs: "Segment whose base is, on Windows, the Thread Information Block: `gs:[0x08]` is the stack base, `gs:[0x10]` the stack limit.",
  cs: "Code segment.",
  ds: "Data segment; its base counts as 0 in 64-bit mode.",
  es: "Extra segment; its base counts as 0 in 64-bit mode.",
  ss: "Stack segment; its base counts as 0 in 64-bit mode.",
};
