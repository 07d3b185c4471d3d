/** The opcode map: which form of which instruction an opcode, its prefixes and its ModRM byte stand for. Read when asked. */
import { formLines, opcodeLines } from "./generated/opcodes.js";
import type { Width } from "./value.js";

/** Letters of places in a form: which field of the encoding holds the operand. */
export type OperandPlace =
  /** General registers: ModRM.reg; ModRM.rm (or memory); VEX.vvvv; the low bits of the opcode; a certain one. */
  | "r"
  | "e"
  | "v"
  | "o"
  | "f"
  /** Vectors: ModRM.reg; ModRM.rm (or memory); VEX.vvvv; the high bits of an immediate; indices of a gather. */
  | "R"
  | "E"
  | "V"
  | "I"
  | "g"
  /** MMX registers: ModRM.reg; ModRM.rm (or memory). */
  | "Q"
  | "P"
  /** Memory. */
  | "m"
  /** Immediates: signed; unsigned; a constant; the opcode of an x87 instruction. */
  | "s"
  | "u"
  | "c"
  | "x"
  /** The target of a branch. */
  | "b";

export interface OperandTemplate {
  readonly place: OperandPlace;
  /** Of the operand, in bytes. */
  readonly width: Width;
  /** Of an immediate or a branch's distance, in bytes. */
  readonly size: number;
  /** Where the immediate begins, behind ModRM and displacement. */
  readonly offset: number;
  /** A constant, or the number of a certain register. */
  readonly value: number;
}

export interface InstructionTemplate {
  readonly number: number;
  readonly name: string;
  readonly allowsLock: boolean;
  /** It is another form under an address-size prefix. */
  readonly dependsOnAddressSize: boolean;
  /** The address of the operand in memory is all that follows the opcode. */
  readonly hasBareAddress: boolean;
  /** Bytes behind ModRM and displacement. */
  readonly trailing: number;
  readonly operands: readonly OperandTemplate[];
  /** It reads VEX.vvvv. */
  readonly usesVvvv: boolean;
  /** The indices in memory are a vector. */
  readonly isGather: boolean;
}

/** The opcode maps, as the table numbers them: one byte, 0F, 0F 38, 0F 3A; the latter three with VEX. */
export const opcodeMaps = { oneByte: 0, escape0f: 1, vexBase: 3 } as const;

/** One opcode, for all combinations of prefixes. */
export class OpcodeEntry {
  readonly hasModrm: boolean;
  private readonly selection: readonly number[];
  private readonly forms: readonly string[];
  private readonly read: (Selection | undefined)[] = [];

  /** `text`: a line of the table behind the opcode. */
  constructor(text: string) {
    const [marks = "", selection = "", forms = ""] = text.split(":");
    this.hasModrm = marks === "m";
    this.selection = selection.split(",").map((number) => Number.parseInt(number, 36));
    this.forms = forms.split(";");
  }

  /** `prefixes`: the number of the combination; `modrm`: 0 where there is none. */
  template(prefixes: number, modrm: number): InstructionTemplate | undefined {
    const number = this.selection[this.selection.length === 1 ? 0 : prefixes] ?? 0;
    this.read[number] ??= new Selection(this.forms[number] ?? "");
    return this.read[number].template(modrm);
  }
}

/** The forms of an opcode under some prefixes. */
class Selection {
  private readonly memory: readonly string[];
  private readonly registers: readonly string[];

  constructor(text: string) {
    const [memory = "", registers = memory] = text.split("/");
    this.memory = memory.split(",");
    this.registers = registers === memory ? this.memory : registers.split(",");
  }

  template(modrm: number): InstructionTemplate | undefined {
    const list = modrm < 0xc0 ? this.memory : this.registers;
    const index = list.length === 1 ? 0 : list.length === 8 ? (modrm >> 3) & 7 : modrm & 0x3f;
    const number = list[index];
    return number ? templateOf(number) : undefined;
  }
}

let entries: (OpcodeEntry | string | undefined)[] | undefined;

/** The entry of an opcode; undefined when nothing is known of it. */
export function opcodeEntry(map: number, opcode: number): OpcodeEntry | undefined {
  if (!entries) {
    entries = Array(7 << 8);
    for (const line of opcodeLines.split("\n")) {
      entries[(Number(line[0]) << 8) | Number.parseInt(line.slice(1, 3), 16)] = line.slice(3);
    }
  }
  const index = (map << 8) | opcode;
  const entry = entries[index];
  if (typeof entry !== "string") return entry;
  const made = new OpcodeEntry(entry);
  entries[index] = made;
  return made;
}

let forms: readonly string[] | undefined;
const templates: (InstructionTemplate | undefined)[] = [];

/** The form with the number, which is in base 36. */
function templateOf(number: string): InstructionTemplate {
  forms ??= formLines.split("\n");
  const index = Number.parseInt(number, 36);
  templates[index] ??= parseForm(index, forms[index] ?? "");
  return templates[index];
}

function parseForm(number: number, line: string): InstructionTemplate {
  const [name = "", flags = "", trailing = "", tokens = ""] = line.split(",");
  const operands = tokens === "" ? [] : tokens.split(" ").map(parseOperand);
  return {
    number,
    name,
    allowsLock: flags.includes("l"),
    dependsOnAddressSize: flags.includes("a"),
    hasBareAddress: flags.includes("o"),
    trailing: Number(trailing),
    operands,
    usesVvvv: operands.some(({ place }) => place === "V" || place === "v"),
    isGather: operands.some(({ place }) => place === "g"),
  };
}

function parseOperand(token: string): OperandTemplate {
  const place = token[0] as OperandPlace;
  const rest = token.slice(2);
  const hasSize = place === "s" || place === "u" || place === "b";
  return {
    place,
    width: Number.parseInt(token[1] ?? "", 36) as Width,
    size: hasSize ? Number(rest[0]) : 0,
    offset: hasSize ? Number(rest.slice(1)) : 0,
    value: hasSize ? 0 : Number.parseInt(rest || "0", 36),
  };
}
