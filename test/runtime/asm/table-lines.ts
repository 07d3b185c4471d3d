/** Lines of assembly made from every row of the encoding table, in AT&T and in Intel syntax. */
import {
  Encoding,
  type EncodingRow,
  encodingRowsOf,
  Flags,
  tableMnemonics,
} from "../../../runtime/asm/encoding-table.js";

const registers: Readonly<Record<string, readonly string[]>> = {
  r8: ["al", "bl", "r9b", "sil"],
  r16: ["ax", "cx", "r10w", "bp"],
  r32: ["eax", "ecx", "r11d", "esi"],
  r64: ["rax", "rdx", "r12", "rdi"],
  xmm: ["xmm0", "xmm3", "xmm9", "xmm15"],
  ymm: ["ymm0", "ymm3", "ymm9", "ymm15"],
  zmm: ["zmm0", "zmm3", "zmm9", "zmm31"],
  mm: ["mm0", "mm1", "mm5", "mm7"],
  k: ["k1", "k2", "k3", "k7"],
  kp1: ["k2", "k4", "k6", "k2"],
  tmm: ["tmm1", "tmm2", "tmm3", "tmm4"],
  seg: ["ds", "es", "fs", "gs"],
  cr: ["cr0", "cr2", "cr8", "cr4"],
  dr: ["dr0", "dr3", "dr7", "dr6"],
};

interface Address {
  readonly att: string;
  readonly intel: string;
}

const addresses: readonly Address[] = [
  { att: "(%rax)", intel: "[rax]" },
  { att: "64(%rbp)", intel: "[rbp+64]" },
  { att: "-8(%r13,%r12,4)", intel: "[r13+r12*4-8]" },
  { att: "sym(%rip)", intel: "sym[rip]" },
];

const pointers: Readonly<Record<number, string>> = {
  1: "byte ptr ",
  2: "word ptr ",
  4: "dword ptr ",
  6: "fword ptr ",
  8: "qword ptr ",
  10: "tbyte ptr ",
  16: "xmmword ptr ",
  32: "ymmword ptr ",
  64: "zmmword ptr ",
};

interface Written {
  readonly att: string;
  readonly intel: string;
}

/** An operand of a kind; undefined for kinds that sources do not write so. */
function operand(row: EncodingRow, kind: string, turn: number, wantsMemory: boolean): Written | undefined {
  const register = (name: string): Written => ({ att: `%${name}`, intel: name });
  const memory = (): Written => {
    const address = addresses[turn % addresses.length] as Address;
    return { att: address.att, intel: (pointers[row.memorySize] ?? "") + address.intel };
  };
  const vector = /^mem_vsib(32|64)([xyz])$/.exec(kind);
  if (vector?.[2] !== undefined) {
    const index = `${vector[2]}mm${4 + turn}`;
    return { att: `(%rbx,%${index},2)`, intel: `[rbx+${index}*2]` };
  }
  if (kind === "mem" || kind === "sibmem") return memory();
  const parts = /^([a-z]+\d*?)(?:p3)?_(or_mem|reg_mem|reg|rm|vvvv|opcode|is4|is5)$/.exec(
    kind.replace(/^(xmm|zmm)p3_/, "$1_"),
  );
  if (parts?.[1] !== undefined && registers[parts[1]] !== undefined) {
    if (parts[2] === "or_mem" && wantsMemory) return memory();
    const names = registers[parts[1]] as readonly string[];
    return register(names[turn % names.length] as string);
  }
  switch (kind) {
    case "al":
    case "ax":
    case "eax":
    case "rax":
    case "cl":
    case "dx":
    case "fs":
    case "gs":
      return register(kind);
    case "st0":
      return register("st");
    case "sti_opcode":
      return register(`st(${1 + turn})`);
    case "imm8_const_1":
      return { att: "$1", intel: "1" };
    case "imm8":
      return { att: "$5", intel: "5" };
    case "imm8sex16":
    case "imm8sex32":
    case "imm8sex64":
      return { att: "$-3", intel: "-3" };
    case "imm16":
      return { att: "$0x1234", intel: "0x1234" };
    case "imm32":
    case "imm32sex64":
      return { att: "$0x12345678", intel: "0x12345678" };
    case "imm64":
      return { att: "$0x123456789abcdef0", intel: "0x123456789abcdef0" };
    case "imm4_m2z":
      return { att: "$2", intel: "2" };
    case "br64_4":
    case "xbegin_4":
      return { att: "sym", intel: "sym" };
    default:
      return undefined;
  }
}

function lineOf(row: EncodingRow, turn: number, wantsMemory: boolean): Written | undefined {
  const operands: Written[] = [];
  for (let i = 0; i < row.kinds.length; i++) {
    const kind = row.kinds[i];
    if (kind === undefined) return undefined;
    if (kind.isImplied) return undefined;
    const written = operand(row, kind.name, (turn + i) % 4, wantsMemory);
    if (written === undefined) return undefined;
    operands.push(written);
  }
  if (row.encoding === Encoding.evex && operands[0] !== undefined) {
    const needsMask = (row.flags & Flags.requireOpMaskRegister) !== 0;
    if (needsMask || (turn === 2 && (row.flags & Flags.canUseOpMaskRegister) !== 0)) {
      operands[0] = { att: `${operands[0].att}{%k5}`, intel: `${operands[0].intel}{k5}` };
    }
  }
  const att = [...operands].reverse().map((one) => one.att);
  return {
    att: `${row.mnemonic} ${att.join(", ")}`.trim(),
    intel: `${row.mnemonic} ${operands.map((one) => one.intel).join(", ")}`.trim(),
  };
}

/** One to eight lines for each row: registers and addresses take turns. */
export function tableLines(): { readonly att: string[]; readonly intel: string[] } {
  const att = new Set<string>();
  const intel = new Set<string>();
  for (const mnemonic of tableMnemonics()) {
    for (const row of encodingRowsOf(mnemonic)) {
      for (let turn = 0; turn < 4; turn++) {
        for (const wantsMemory of [false, true]) {
          const line = lineOf(row, turn, wantsMemory);
          if (line === undefined) continue;
          att.add(line.att);
          intel.add(line.intel);
        }
      }
    }
  }
  return { att: [...att], intel: [...intel] };
}
