/** A register: its size, its family, and the part it plays in both ABIs. */
import { findRegister, type Register, registerNames } from "../../runtime/asm/analysis.js";
import { generalRegisterRoles, otherRegisters, type RegisterRole, vectorRegisterRole } from "../data/registers.js";

const preserved = (is: boolean): string => (is ? "preserved by called functions" : "changed by called functions");

export function registerHover(register: Register): string {
  const { name, size } = register;
  const other = otherRegisters[name];
  if (other !== undefined) return `**${name}**\n\n${other}`;
  const heading = `**${name}**: ${size * 8}-bit register`;
  switch (register.class) {
    case "r8":
    case "r16":
    case "r32":
    case "r64":
      return generalRegister(register);
    case "xmm":
    case "ymm":
    case "zmm": {
      const wider = [`xmm${register.number}`, `ymm${register.number}`, `zmm${register.number}`];
      const family = `${heading}, part of ${wider.map((part) => `\`${part}\``).join(" ⊂ ")}`;
      return `${family}\n\n${roleTable(vectorRegisterRole(register.number))}`;
    }
    case "mm":
      return `${heading} of MMX, shared with the x87 stack.`;
    case "st":
      return `${heading} of the x87 stack; \`st(0)\` is its top.`;
    case "mask":
      return `${heading}: an AVX-512 mask, one bit for each element.`;
    case "control":
      return `${heading}: a control register of the processor; privileged.`;
    case "debug":
      return `${heading}: a hardware breakpoint register; privileged.`;
    case "segment":
    case "rip":
    case "tile":
    case "zero":
      return heading;
  }
}

function generalRegister(register: Register): string {
  const family = familyOf(register);
  const whole = family.find(({ size }) => size === 8) ?? register;
  const part = register.isHighByte
    ? "bits 15:8"
    : register.size === 8
      ? "all of"
      : `lowest ${register.size * 8} bits of`;
  const heading =
    register === whole ? `**${register.name}**: 64-bit register` : `**${register.name}**: ${part} \`${whole.name}\``;
  const names = family.map(({ name }) => `\`${name}\``).join(" ⊃ ");
  const role = generalRegisterRoles[whole.name];
  const writes =
    register.size === 4 ? `\n\nWriting \`${register.name}\` clears the upper half of \`${whole.name}\`.` : "";
  return `${heading}\n\n${names}${writes}${role === undefined ? "" : `\n\n${roleTable(role)}`}`;
}

/** The names of one register, the largest first. */
function familyOf({ number, isHighByte }: Register): Register[] {
  const low = isHighByte ? number - 4 : number;
  return registerNames()
    .flatMap((name) => findRegister(name) ?? [])
    .filter((other) => /^r\d+$/.test(other.class) && !other.isHighByte && other.number === low)
    .sort((a, b) => b.size - a.size);
}

function roleTable({ systemV, windows, isPreserved, implied }: RegisterRole): string {
  const rows = [
    "| ABI | role | |",
    "|---|---|---|",
    `| System V | ${systemV} | ${preserved(isPreserved.systemV)} |`,
    `| Windows x64 | ${windows} | ${preserved(isPreserved.windows)} |`,
  ];
  if (implied !== undefined) rows.push("", `Implied in: ${implied}.`);
  return rows.join("\n");
}
