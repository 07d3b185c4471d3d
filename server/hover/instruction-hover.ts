/** An instruction: a line of what it does, the flags, the bytes of this one, and the forms it has. */
import type { InstructionStatement, Operand } from "../../runtime/asm/analysis.js";
import { cpuidFeatures, type EncodingRow } from "../../runtime/asm/encoding-table.js";
import { candidatesOf } from "../../runtime/asm/mnemonics.js";
import { describeFlags } from "../data/flags.js";
import { instructionSummary } from "../data/instructions.js";

/** More would fill the screen. */
const mostForms = 12;

/** Undefined for what is no instruction. `bytes` is what the line assembled to. */
export function instructionHover(
  name: string,
  { dialect, operands }: InstructionStatement,
  bytes: Uint8Array | undefined,
): string | undefined {
  const rows = meant(
    candidatesOf(name, dialect).flatMap((candidate) => candidate.rows),
    operands,
  );
  const names = [...new Set([...rows.map(({ mnemonic }) => mnemonic)])];
  const known = names.find((mnemonic) => instructionSummary(mnemonic) !== undefined) ?? names[0] ?? name;
  const summary = instructionSummary(known);
  if (rows.length === 0 && summary === undefined) return undefined;
  const parts = [`**${name}**${known === name ? "" : ` (${known})`}`];
  if (summary !== undefined) parts.push(summary);
  const flags = describeFlags(known);
  if (flags !== undefined) parts.push(`Flags: ${flags}.`);
  if (bytes !== undefined && bytes.length > 0) parts.push(`Assembled: \`${hexadecimal(bytes)}\``);
  const forms = [...new Set(rows.map((row) => formOf(row, dialect)))];
  if (forms.length > 0) {
    const shown = forms.slice(0, mostForms);
    if (forms.length > mostForms) shown.push(`… and ${forms.length - mostForms} more forms`);
    parts.push(`\`\`\`text\n${shown.join("\n")}\n\`\`\``);
  }
  const features = [...new Set(rows.flatMap(cpuidFeatures))].filter((feature) => !isBaseline(feature));
  if (features.length > 0) parts.push(`Needs: ${features.join(", ")}.`);
  return parts.join("\n\n");
}

/** A name such as `movq` is several instructions: the registers written tell which kind is meant. */
function meant(rows: readonly EncodingRow[], operands: readonly Operand[]): readonly EncodingRow[] {
  const isVector = (name: string): boolean => /^([xyz]?mm|st|k)/.test(name);
  const wantsVector = operands.some((operand) => operand.kind === "register" && isVector(operand.register.class));
  const fitting = rows.filter(({ kinds }) => kinds.some(({ name }) => isVector(name)) === wantsVector);
  return fitting.length > 0 ? fitting : rows;
}

const isBaseline = (feature: string): boolean =>
  /^(INTEL\d+|X64|SSE|SSE2|FPU\d*|MMX|CMOV|CPUID|TSC|SYSCALL|CX8|MULTIBYTENOP|PAUSE)$/.test(feature);

const hexadecimal = (bytes: Uint8Array): string =>
  [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

/** `mov r/m64, r64` (AT&T: source first), in the manual's notation for operands. */
function formOf({ mnemonic, kinds }: EncodingRow, dialect: "att" | "intel"): string {
  const operands = kinds.map(({ name }) => operandName(name));
  if (dialect === "att") operands.reverse();
  return operands.length === 0 ? mnemonic : `${mnemonic} ${operands.join(", ")}`;
}

const specialOperands: Readonly<Record<string, string>> = {
  mem: "m",
  mem_offs: "moffs",
  sti_opcode: "st(i)",
  st0: "st(0)",
  imm8_const_1: "1",
  es_rDI: "[rdi]",
  seg_rDI: "[rdi]",
  seg_rSI: "[rsi]",
  seg_rBX_al: "[rbx+al]",
  br16_1: "rel8",
  br64_1: "rel8",
  br16_2: "rel16",
  br64_4: "rel32",
  xbegin_2: "rel16",
  xbegin_4: "rel32",
  imm4_m2z: "imm4",
};

function operandName(kind: string): string {
  const special = specialOperands[kind];
  if (special !== undefined) return special;
  if (kind.startsWith("imm")) return kind.replace(/sex\d+$/, "");
  if (kind.startsWith("mem_vsib")) return `vm${kind.slice("mem_vsib".length)}`;
  const [register = kind, ...place] = kind.split("_");
  const base = register.replace(/p\d$/, "");
  if (!place.includes("or")) return base === "seg" ? "sreg" : base;
  const size = /^r(\d+)$/.exec(base)?.[1];
  return size === undefined ? `${base}/m` : `r/m${size}`;
}
