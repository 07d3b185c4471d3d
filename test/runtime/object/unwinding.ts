/** Unwinds a stopped program by its call frame tables, as plainly as can be: the frames that variables are looked up in. */
import type { CallFrames, RegisterRule } from "../../../runtime/object/call-frames.js";
import type { DebugInformation, SourceFrame } from "../../../runtime/object/debug-information.js";
import { evaluateValue } from "../../../runtime/object/dwarf/expression.js";
import type { FrameValues } from "../../../runtime/object/dwarf/locate.js";
import type { ObjectFile } from "../../../runtime/object/object-file.js";

export interface RealFrame {
  /** As gdb tells it: the return address in outer frames. */
  readonly pc: number;
  readonly source: SourceFrame;
  readonly values: FrameValues;
}

const names = "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15".split(" ");
const calleeSaved = [3, 6, 12, 13, 14, 15];

interface Stopped {
  readonly registers: Readonly<Record<string, string>>;
  readonly stack: string;
  readonly memory: string;
}

export function unwind(debug: DebugInformation, tables: CallFrames, object: ObjectFile, stop: Stopped): RealFrame[] {
  const memory = memoryOf(stop);
  const result: RealFrame[] = [];
  let pc = Number(stop.registers.rip);
  let registers: (bigint | undefined)[] = names.map((name) => BigInt(stop.registers[name] ?? "0"));
  for (let depth = 0; depth < 8; depth++) {
    const address = depth === 0 ? pc : pc - 1;
    const row = tables.at(address);
    const own = registers;
    // Vector registers are lost in a call.
    const read = (number: number) =>
      number >= 17 && number <= 32 && depth === 0 ? BigInt(stop.registers[`xmm${number - 17}`] ?? "0") : own[number];
    const cfa =
      row?.cfa === undefined
        ? undefined
        : row.cfa.kind === "expression"
          ? evaluateValue(row.cfa.expression, undefined, { register: read, memory })
          : (own[row.cfa.register] ?? 0n) + BigInt(row.cfa.offset);
    const sources = debug.framesAt(address);
    const callerPc = row && cfa !== undefined ? apply(row.registers.get(16), cfa, own[16], read, memory) : undefined;
    const index = result.length + sources.length;
    const threadBase = BigInt(stop.registers.fs_base ?? "0");
    const values: FrameValues = {
      address,
      register: read,
      memory,
      canonicalFrameAddress: cfa,
      threadLocal: (offset) => threadBase - BigInt(object.threadLocalSize ?? 0) + offset,
      caller: () => {
        const outer = result[index];
        return outer && { frame: outer.values, home: outer.source.home, returnAddress: outer.pc };
      },
    };
    for (const source of sources) result.push({ pc, source, values });
    if (!row || cfa === undefined || callerPc === undefined) break;
    const caller: (bigint | undefined)[] = names.map((_, number) => {
      const rule = row.registers.get(number);
      if (rule === undefined) return calleeSaved.includes(number) ? own[number] : undefined;
      return apply(rule, cfa, own[number], read, memory);
    });
    caller[7] = cfa;
    registers = caller;
    pc = Number(callerPc);
  }
  return result;
}

function apply(
  rule: RegisterRule | undefined,
  cfa: bigint,
  current: bigint | undefined,
  register: (number: number) => bigint | undefined,
  memory: FrameValues["memory"],
): bigint | undefined {
  const load = (address: bigint) => {
    const bytes = memory(address, 8);
    return bytes && new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  };
  switch (rule?.kind) {
    case undefined:
    case "undefined":
      return undefined;
    case "same":
      return current;
    case "offset":
      return load(cfa + BigInt(rule.offset));
    case "value-offset":
      return cfa + BigInt(rule.offset);
    case "register":
      return register(rule.register);
    case "expression": {
      const address = evaluateValue(rule.expression, undefined, { register, memory }, [cfa]);
      return address === undefined ? undefined : load(address);
    }
    case "value-expression":
      return evaluateValue(rule.expression, undefined, { register, memory }, [cfa]);
  }
}

/** The part of the stack that was recorded. */
function memoryOf(stop: Stopped): FrameValues["memory"] {
  const stack = BigInt(stop.stack);
  const bytes = Uint8Array.from(Buffer.from(stop.memory, "hex"));
  return (address, size) => {
    const at = Number(address - stack);
    return at >= 0 && at + size <= bytes.length ? bytes.slice(at, at + size) : undefined;
  };
}
