/** What sockets cannot do: reach the host or another machine, and wait for what never comes. */
import { describe, expect, it } from "vitest";
import { Session } from "../execution/session.js";

/** Makes a socket of the Internet, and calls what `call` puts down with it in rdi; the status is the error. */
const withSocket = (type: number, call: string): string => `
        .globl main
main:   push %rbx
        mov $41, %eax
        mov $2, %edi
        mov $${type}, %esi
        xor %edx, %edx
        syscall
        mov %eax, %edi
        mov %eax, %ebx
${call}
        syscall
        neg %eax
        pop %rbx
        ret
        .data
        .balign 8
address: .word 2, 0x5000
        .byte 93, 184, 216, 34
        .quad 0
text:   .ascii "text"
`;

const ENETUNREACH = 101;

describe("another machine", () => {
  it.each([
    ["connect", 1, "mov $42, %eax; mov $address, %esi; mov $16, %edx"],
    ["sendto", 2, "mov $44, %eax; mov $text, %esi; mov $4, %edx; xor %r10, %r10; mov $address, %r8d; mov $16, %r9d"],
  ])("cannot be reached (%s), and that is said", async (_, type, call) => {
    const session = Session.of(withSocket(type, call));
    expect(await session.continue()).toEqual({ kind: "exited", status: ENETUNREACH });
    expect(session.notes).toEqual([
      "The program tried to reach 93.184.216.34, port 80. There is no network here but that of the program itself " +
        "(127.0.0.1): it was told that it cannot be reached (ENETUNREACH).",
    ]);
  });
});

describe("what never comes is a deadlock", () => {
  const listenFirst = "mov $50, %eax; mov $1, %esi; syscall; mov %ebx, %edi; ";
  it.each([
    [
      "accept",
      1,
      `${listenFirst} mov $43, %eax; xor %esi, %esi; xor %edx, %edx`,
      /for somebody to connect to its socket/,
    ],
    [
      "recvfrom",
      2,
      "mov $45, %eax; mov $text, %esi; mov $4, %edx; xor %r10, %r10; xor %r8, %r8",
      /for something to come through a socket/,
    ],
  ])("%s", async (name, type, call, what) => {
    const session = Session.of(withSocket(type, call));
    expect(await session.continue()).toEqual({ kind: "exited", status: 128 + 9 });
    expect(session.notes).toEqual([expect.stringMatching(what)]);
    expect(session.notes[0]).toContain(`, in ${name} at`);
    expect(session.notes[0]).toContain("a deadlock");
  });
});
