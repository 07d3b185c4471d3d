import { guestAddress } from "../../../runtime/base/guest-address.js";
import type { ProgramSymbol } from "../../../runtime/base/program-image.js";
import { fail } from "../../../runtime/base/result.js";
import { type ExpressionScope, symbolNames } from "../../../runtime/expressions/scope.js";
import type { ThreadId } from "../../../runtime/threads/types.js";

/** Memory of the scope: 32 bytes at 0x5000, numbered 0x80 to 0x9f, and a text at 0x6000. */
const memory = new Map<number, Uint8Array>([
  [0x5000, Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index)],
  [0x6000, new TextEncoder().encode("grün\0rest")],
]);

const registers: Readonly<Record<string, bigint>> = {
  rax: 0x1122334455667788n,
  rbx: 42n,
  rcx: 0xffffffffffffffffn,
  rdx: 0x6000n,
  rsp: 0x5000n,
  rbp: 0x5010n,
  rip: 0x401000n,
  rflags: 0x246n,
  xmm0: 0x3ff8000000000000n,
};

const symbol = (name: string, address: number, size: number, kind: ProgramSymbol["kind"]): ProgramSymbol => ({
  name,
  address: guestAddress(address),
  size,
  kind,
  binding: "global",
});

const symbols = [
  symbol("main", 0x401000, 16, "function"),
  symbol("table", 0x5000, 32, "object"),
  symbol("small", 0x5004, 2, "object"),
  symbol("LIMIT", 15, 0, "absolute"),
  symbol("cf", 0x5008, 8, "object"),
];

export const names = {
  ...symbolNames((name) => symbols.find((candidate) => candidate.name === name)),
  near: () => symbols.map(({ name }) => name),
};

export const scope: ExpressionScope = {
  names,
  register: (name) => registers[name],
  source: {
    read(address, length) {
      for (const [start, bytes] of memory) {
        const offset = Number(address) - start;
        if (offset >= 0 && offset < bytes.length) return bytes.slice(offset, offset + length);
      }
      return new Uint8Array();
    },
    describe: () => undefined,
  },
  thread: { id: 3 as ThreadId, name: "thread 2: counter_two", slot: 2, state: "ready" },
  frame: undefined,
  other: () => fail("there is no other frame"),
};
