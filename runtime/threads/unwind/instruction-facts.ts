/** What instructions do to the stack pointer, to general registers and to stack slots. */
import { guestAddress } from "../../base/guest-address.js";
import { type DecodedInstruction, type DecodedOperand, InstructionDecoder } from "../../x86/decode.js";
import { mentionOf } from "./mentions.js";
import { referenceFacts } from "./reference-facts.js";

/** A general register by hardware number (0 rax … 4 rsp, 5 rbp … 15 r15), whole: all 64 bits. */
export type RegisterNumber = number;

/** An operand as far as the stack analysis cares. */
export type Operand =
  | { readonly kind: "register"; readonly register: RegisterNumber }
  /**
   * `base`: undefined when there is none; indexed and rip-relative operands have no usable base either. `address`: where
   * it is, if no register but rip says so.
   */
  | {
      readonly kind: "memory";
      readonly base: RegisterNumber | undefined;
      readonly displacement: number;
      readonly size: number;
      readonly address?: number;
    }
  | { readonly kind: "immediate"; readonly value: number }
  | { readonly kind: "other" };

/** What an instruction does, for those that move stack pointers and saved registers about. */
export type Operation = "push" | "pop" | "mov" | "lea" | "add" | "sub" | "and" | "xchg" | "leave" | "enter" | "other";

export type Flow =
  | { readonly kind: "next" }
  | { readonly kind: "jump"; readonly target: number }
  | { readonly kind: "branch"; readonly target: number }
  | { readonly kind: "indirectJump" }
  /** `target`: of a direct call. */
  | { readonly kind: "call"; readonly target: number | undefined }
  | { readonly kind: "return" }
  | { readonly kind: "end" };

/** An instruction reduced to what it does to the stack pointer, to general registers and to stack slots. */
export interface InstructionFacts {
  readonly address: number;
  readonly length: number;
  readonly operation: Operation;
  readonly operands: readonly Operand[];
  readonly flow: Flow;
  /** General registers it writes, whole or in part. */
  readonly writes: readonly RegisterNumber[];
  /** Memory that operand 0 names is written. */
  readonly writesOperand0: boolean;
  /** What it adds to rsp: pushes negative. Zero for what `operation` describes otherwise. */
  readonly stackIncrement: number;
  /** An immediate, or the address of its operand in memory where that is fixed: an address that may be taken. */
  readonly mentions: number | undefined;
}

/** The longest an instruction can be (Intel SDM vol. 2, 2.3.11). */
export const maximumInstructionLength = 15;

/**
 * Decodes instructions one at a time into facts. Those that the table below does not have are iced's to tell, which is
 * not loaded before one turns up.
 */
export class InstructionReader {
  /** The facts of all instructions from the start of `bytes` on, up to `limit` of them; ends at one that does not decode. */
  read(bytes: Uint8Array, address: number, limit = Number.POSITIVE_INFINITY): InstructionFacts[] {
    const facts: InstructionFacts[] = [];
    const decoder = new InstructionDecoder(bytes, guestAddress(BigInt(address)));
    for (let offset = 0; offset < bytes.length && facts.length < limit; ) {
      const instruction = decoder.next();
      if (instruction === undefined) break;
      const found = factsOf(instruction) ?? referenceFacts(bytes.subarray(offset), address + offset);
      if (found === undefined) break;
      facts.push(found);
      offset += found.length;
    }
    return facts;
  }
}

/** Which general registers and operands an instruction writes. */
interface Effects {
  /** It writes so many of its first operands. */
  readonly written: 0 | 1 | 2;
  /** Registers that are not operands. */
  readonly implied?: readonly RegisterNumber[];
  readonly operation?: Operation;
  /** What it adds to rsp; of `ret`, without its immediate. */
  readonly stack?: number;
}

const [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r11] = [0, 1, 2, 3, 4, 5, 6, 7, 11];
const conditions = "o no b ae e ne be a s ns p np l ge le g".split(" ");

/** Multiplications and divisions with results of twice the width. */
const widening: Effects = { written: 0, implied: [rax, rdx] };

/** Instructions by the name that the decoder gives them. */
const effects: ReadonlyMap<string, Effects> = new Map([
  ...all("add sub and mov lea", { written: 1 }, true),
  ["xchg", { written: 2, operation: "xchg" }],
  ["push", { written: 0, implied: [rsp], operation: "push", stack: -8 }],
  ["push16", { written: 0, implied: [rsp], operation: "push", stack: -2 }],
  ["pop", { written: 1, implied: [rsp], operation: "pop", stack: 8 }],
  ["pop16", { written: 1, implied: [rsp], operation: "pop", stack: 2 }],
  ["leave", { written: 0, implied: [rsp, rbp], operation: "leave" }],
  ...all("pushfq", { written: 0, implied: [rsp], stack: -8 }),
  ...all("popfq", { written: 0, implied: [rsp], stack: 8 }),
  ...all("call", { written: 0, implied: [rsp], stack: -8 }),
  ["ret", { written: 0, implied: [rsp], stack: 8 }],
  ["ret imm", { written: 0, implied: [rsp], stack: 8 }],
  ...all("jmp cmp test bt nop pause endbr64 ud2 hlt int3 lfence mfence sfence vzeroupper vzeroall", { written: 0 }),
  ...conditions.flatMap((condition): [string, Effects][] => [
    [`j${condition}`, { written: 0 }],
    [`set${condition}`, { written: 1 }],
    [`cmov${condition}`, { written: 1 }],
  ]),
  ...all("or adc sbb xor not neg inc dec rol ror rcl rcr shl shr sar shld shrd bts btr btc bswap", { written: 1 }),
  ...all("movzx movsx movsxd movbe imul imul3 bsf bsr tzcnt lzcnt popcnt", { written: 1 }),
  ...all("andn bextr bzhi pdep pext rorx sarx shlx shrx blsi blsr blsmsk adcx adox crc32", { written: 1 }),
  ...all("prefetchnta prefetcht0 prefetcht1 prefetcht2 prefetchw", { written: 0 }),
  ["xadd", { written: 2 }],
  ["cmpxchg", { written: 1, implied: [rax] }],
  ...all("cbw cwde cdqe", { written: 0, implied: [rax] }),
  ...all("cwd cdq cqo", { written: 0, implied: [rdx] }),
  ...all("mul imul1 div idiv", widening),
  ["cpuid", { written: 0, implied: [rax, rcx, rdx, rbx] }],
  ...all("cld std", { written: 0 }),
  ["syscall", { written: 0, implied: [rax, rcx, r11] }],
  ["movs", { written: 0, implied: [rsi, rdi] }],
  ["stos", { written: 0, implied: [rdi] }],
  ["rep movs", { written: 0, implied: [rcx, rsi, rdi] }],
  ["rep stos", { written: 0, implied: [rcx, rdi] }],
  ...all("movd movq movmskps movmskpd pmovmskb pextrb pextrw pextrd pextrq", { written: 1 }),
  ...all("vmovd vmovq vmovmskps vmovmskpd vpmovmskb vpextrb vpextrw vpextrd vpextrq", { written: 1 }),
  ...all("cvtss2si cvtsd2si cvttss2si cvttsd2si vcvtss2si vcvtsd2si vcvttss2si vcvttsd2si", { written: 1 }),
]);

function all(names: string, each: Effects, isOperation = false): [string, Effects][] {
  return names.split(" ").map((name) => [name, isOperation ? { ...each, operation: name as Operation } : each]);
}

/** Vector instructions that write general registers without naming them, and memory that is not operand 0. */
const isPeculiar = /^v?(pcmp[ei]str|maskmov|pmaskmov|p?gather)/;
const isStore = /^v?mov|^v?stmxcsr$/;

/** Of vector instructions there are too many to name: what they write is their first operand. */
function effectsOfVector(name: string, operands: readonly DecodedOperand[]): Effects | undefined {
  const [first, second] = operands;
  if (isPeculiar.test(name)) return undefined;
  if (isVector(first)) return { written: 0 };
  return first?.kind === "memory" && isVector(second) && isStore.test(name) ? { written: 1 } : undefined;
}

const isVector = (operand: DecodedOperand | undefined) => operand?.kind === "vector" || operand?.kind === "mmx";

function factsOf(instruction: DecodedInstruction): InstructionFacts | undefined {
  const { name, operands, length } = instruction;
  const [first] = operands;
  const known = name === undefined ? undefined : (effects.get(name) ?? effectsOfVector(name, operands));
  if (known === undefined) return undefined;
  // Products of bytes leave rdx alone.
  if (known === widening && first?.width === 1) return undefined;
  const { written, implied = [], operation = "other", stack = 0 } = known;
  const writes = new Set(implied);
  for (const operand of operands.slice(0, written)) if (operand.kind === "register") writes.add(operand.index);
  const isReturn = name === "ret" || name === "ret imm";
  const described = operands.map((operand) => operandOf(instruction, operand));
  return {
    address: Number(instruction.address),
    length,
    operation,
    operands: described,
    flow: flowOf(instruction, isReturn),
    writes: [...writes],
    writesOperand0: written > 0 && first?.kind === "memory",
    stackIncrement: isReturn && first?.kind === "immediate" ? stack + Number(first.value & 0xffffn) : stack,
    mentions: mentionOf(described),
  };
}

function operandOf({ memory, segment, addressSize32, name }: DecodedInstruction, operand: DecodedOperand): Operand {
  switch (operand.kind) {
    case "register":
      // Only whole registers carry an address.
      return operand.width === 8 ? { kind: "register", register: operand.index } : { kind: "other" };
    case "memory": {
      const isFixed = memory?.base === undefined && memory?.index === undefined && segment === undefined;
      const isPlain = memory?.index === undefined && segment === undefined && !addressSize32;
      // The decoder counts from where rsp is behind a POP; here it counts from before.
      const popped = memory?.base === rsp ? (name === "pop" ? 8 : name === "pop16" ? 2 : 0) : 0;
      return {
        kind: "memory",
        base: isPlain ? memory?.base : undefined,
        displacement: Number(memory?.displacement ?? 0n) - popped,
        // LEA accesses none.
        size: name === "lea" ? 0 : operand.width,
        ...(isFixed &&
          memory !== undefined && {
            address: Number(BigInt.asUintN(addressSize32 ? 32 : 64, memory.displacement)),
          }),
      };
    }
    case "immediate":
      // What is no small number may be an address above 2 GiB.
      return {
        kind: "immediate",
        value: Number(
          operand.width === 4 && operand.value < -0x1000n ? BigInt.asUintN(32, operand.value) : operand.value,
        ),
      };
    case "branch":
    case "vector":
    case "mmx":
      return { kind: "other" };
  }
}

function flowOf({ name, operands }: DecodedInstruction, isReturn: boolean): Flow {
  const [first] = operands;
  const target = first?.kind === "branch" ? Number(first.target) : undefined;
  if (isReturn) return { kind: "return" };
  if (name === "call") return { kind: "call", target };
  if (name === "ud2" || name === "hlt") return { kind: "end" };
  if (name === "jmp") return target === undefined ? { kind: "indirectJump" } : { kind: "jump", target };
  return target === undefined ? { kind: "next" } : { kind: "branch", target };
}
