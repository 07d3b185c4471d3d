// Generates runtime/x86/generated/opcodes.ts, the tables of `runtime/x86/decode.ts`: for every opcode, combination of
// prefixes and ModRM byte, what iced-x86 makes of it (as `runtime/x86/reference-decoder.ts` puts it).
// node build/generate-opcodes.mjs          writes the file
// `generateOpcodes()` returns its text: a test compares it with the file that is checked in.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { icedEsbuildPlugin } from "./iced-plugin.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const stringNames = /^(rep[n]?e? )?(movs|cmps|scas|stos|lods)$/;
/** Bytes of what follows ModRM and displacement, by operand kind. */
const trailingBytes = new Map([
  ...["imm8", "imm8sex16", "imm8sex32", "imm8sex64", "xmm_is4", "ymm_is4", "br64_1"].map((kind) => [kind, 1]),
  ["imm16", 2],
  ...["imm32", "imm32sex64", "br64_4"].map((kind) => [kind, 4]),
  ["imm64", 8],
  ["mem_offs", 8],
]);
const fixedRegisters = new Map([...["al", "ax", "eax", "rax"].map((name) => [name, 0]), ["cl", 1], ["dx", 2]]);
/** Letters of places: general registers, vectors, MMX registers. */
const places = [
  [/_reg$|_reg_mem$/, { register: "r", vector: "R", mmx: "Q" }],
  [/^r\d+_or_mem$/, { register: "e", either: "e" }],
  [/^.mm_or_mem$/, { vector: "E", either: "E" }],
  [/^mm_or_mem$/, { mmx: "P", either: "P" }],
  [/_rm$/, { register: "e", vector: "E", mmx: "P" }],
  [/_vvvv$/, { register: "v", vector: "V" }],
  [/_opcode$/, { register: "o" }],
  [/_is4$/, { vector: "I" }],
];

async function loadReference() {
  const bundle = await esbuild.build({
    stdin: {
      contents: `
        export { ReferenceDecoder } from "./runtime/x86/reference-decoder.ts";
        export { CodeExt, Decoder, OpCodeOperandKind } from "iced-x86";
        export { initialiseIced } from "iced-x86/init";`,
      resolveDir: root,
      loader: "ts",
    },
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    plugins: [icedEsbuildPlugin],
    logLevel: "warning",
  });
  const text = Buffer.from(bundle.outputFiles[0].text).toString("base64");
  const reference = await import(`data:text/javascript;base64,${text}`);
  reference.initialiseIced();
  return reference;
}

/** Numbers texts in the order of their first use. */
class Numbering {
  texts = [];
  #numbers = new Map();
  of(text) {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }
}

/** The text of runtime/x86/generated/opcodes.ts. */
export async function generateOpcodes() {
  const { ReferenceDecoder, CodeExt, Decoder, OpCodeOperandKind } = await loadReference();
  const templates = new Numbering();

  function decodeReference(bytes) {
    const reference = new ReferenceDecoder(Uint8Array.from(bytes), 0n);
    try {
      return reference.next();
    } finally {
      reference.free();
    }
  }

  /** What is at the end of the prefix and opcode `bytes`: the number of its template; undefined for what is none. */
  function probe(bytes, modrm, sib, opcodeLength) {
    const tail = [modrm, ...(modrm < 0xc0 ? [sib] : []), 1, 2, 3, 4, 5, 6, 7, 8];
    const code = Uint8Array.from([...bytes, ...tail]);
    const found = decodeReference(code);
    if (found?.name === undefined) return undefined;
    const decoder = new Decoder(64, code, 0);
    const instruction = decoder.decode();
    const opCode = CodeExt.opCode(instruction.code);
    const kinds = Array.from({ length: opCode.opCount }, (_, i) => OpCodeOperandKind[opCode.opKind(i)]);
    const canLock = opCode.canUseLockPrefix;
    for (const each of [opCode, instruction, decoder]) each.free();
    const trailing = kinds.reduce((sum, kind) => sum + (trailingBytes.get(kind) ?? 0), 0);
    const modrmBytes = found.length - opcodeLength - trailing;
    if (![0, modrm < 0xc0 ? 3 : 1].includes(modrmBytes)) return undefined;
    const operands = operandTokens(found, kinds, code[opcodeLength - 1]);
    if (operands === undefined) return undefined;
    const under67 = decodeReference([0x67, ...code]);
    const isOther = [under67, found].map((each) => `${each?.name} ${each?.operands.map(({ width }) => width)}`);
    const flags = [
      canLock ? "l" : "",
      kinds.includes("mem_offs") ? "o" : "",
      isOther[0] === isOther[1] ? "" : "a",
    ].join("");
    const template = templates.of([found.name, flags, trailing || "", operands.join(" ")].join(",").replace(/,+$/, ""));
    return { template, hasModrm: modrmBytes > 0 };
  }

  const lines = [];
  for (const { name, opcodes, prefixes } of maps()) {
    for (const opcode of opcodes) {
      const forms = new Numbering();
      let opcodeHasModrm;
      const note = (found) => {
        if (found === undefined) return "";
        opcodeHasModrm ??= found.hasModrm;
        if (opcodeHasModrm !== found.hasModrm) throw new Error(`${name}${opcode.toString(16)}: with ModRM or without?`);
        return found.template.toString(36);
      };
      const select = prefixes.map((variants) => {
        const best = (modrm) => {
          for (const { bytes, sib } of variants) {
            const found = probe([...bytes, opcode], modrm, sib, bytes.length + 1);
            if (found) return note(found);
          }
          return "";
        };
        const memory = Array.from({ length: 8 }, (_, reg) => best(0x44 | (reg << 3)));
        // By ModRM.rm, too, where the opcode is one of those that are extended by all of ModRM.
        const registers = isExtended(name, opcode)
          ? Array.from({ length: 64 }, (_, low) => best(0xc0 | low))
          : Array.from({ length: 8 }, (_, reg) => best(0xc1 | (reg << 3)));
        if (opcodeHasModrm === false) return forms.of(memory[0]);
        const [ofMemory, ofRegisters] = [brief(memory), brief(registers)];
        return forms.of(ofMemory === ofRegisters ? ofMemory : `${ofMemory}/${ofRegisters}`);
      });
      if (opcodeHasModrm === undefined) continue;
      const selection = brief(select.map((number) => number.toString(36)));
      lines.push(
        `${name}${opcode.toString(16).padStart(2, "0")}${opcodeHasModrm ? "m" : ""}:${selection}:${forms.texts.join(";")}`,
      );
    }
  }
  const { version } = JSON.parse(readFileSync(`${root}node_modules/iced-x86/package.json`, "utf8"));
  return `// Generated by build/generate-opcodes.mjs by asking iced-x86 ${version} (MIT licence, Copyright (C) 2018-present
// iced project and contributors). Do not edit; run "node build/generate-opcodes.mjs". Read by runtime/x86/opcode-table.ts.

/**
 * Forms of instructions, a line each: name, flags ("l": LOCK is allowed; "o": the operand in memory is a bare address;
 * "a": an address-size prefix makes it another form), bytes behind ModRM and displacement, operands. An operand is a letter, its width in base 36, and more by letter:
 * see opcode-table.ts.
 */
export const formLines = \`${templates.texts.join("\n")}\`;

/**
 * A line for each opcode: its map, the opcode, "m" if a ModRM byte follows; which selection each combination of prefixes
 * has; the selections: forms for operands in memory (one, or by ModRM.reg), "/", and in registers (one, by ModRM.reg, or
 * by ModRM.reg and rm), or for both. Numbers in base 36, no number: it is no instruction or one that the table does not have.
 */
export const opcodeLines = \`${lines.join("\n")}\`;
`;
}

/** Opcodes whose ModRM.rm may say which instruction it is: x87, and groups (Intel SDM vol. 2, A.4.2). */
function isExtended(map, opcode) {
  if (map === "0") return opcode >= 0xd8 && opcode <= 0xdf;
  return map === "1" && (opcode <= 0x01 || (opcode >= 0x18 && opcode <= 0x1f) || opcode === 0xae || opcode === 0xc7);
}

/** One item instead of many that are the same; those of 64 that depend on ModRM.reg only, by ModRM.reg. */
function brief(items) {
  if (items.every((item) => item === items[0])) return items[0];
  if (items.length === 64 && items.every((item, k) => item === items[k & 0o70])) {
    return items.filter((_, k) => (k & 7) === 0).join(",");
  }
  return items.join(",");
}

/** The operands, or undefined if one is of a kind that the table does not have. */
function operandTokens(found, kinds, opcode) {
  const width = (operand) => operand.width.toString(36);
  const isX87 = (opcode & 0xf8) === 0xd8 && /^(x87|fn?stsw|fn?stenv|fldenv|frstor|fnsave|fcmov|fcomi)/.test(found.name);
  if (isX87) return found.operands.map((operand, k) => (k === 0 ? "x2" : `m${width(operand)}`));
  if (stringNames.test(found.name)) return found.operands.map((operand) => `c${width(operand)}0`);
  if (found.operands.length === 0) return [];
  const tokens = [];
  let offset = 0;
  const left = [...found.operands];
  for (const kind of kinds) {
    if (/^(seg_r[A-Z]|es_rDI)/.test(kind)) continue;
    const operand = left.shift();
    if (operand === undefined) return undefined;
    const start = `${width(operand)}`;
    const bytes = trailingBytes.get(kind) ?? 0;
    const place = places.find(([pattern]) => pattern.test(kind))?.[1];
    if (operand.kind === "memory") tokens.push(`${sizeOfKind(kind) === operand.width ? place.either : "m"}${start}`);
    else if (operand.kind === "branch") tokens.push(`b${start}${bytes}`);
    else if (fixedRegisters.has(kind)) tokens.push(`f${start}${fixedRegisters.get(kind)}`);
    else if (kind === "imm8_const_1" || kind === "seg_reg" || kind === "fs" || kind === "gs")
      tokens.push(`c${start}${operand.value.toString(36)}`);
    else if (kind.startsWith("imm")) {
      const isSigned = kind.includes("sex") || kind === "imm64";
      tokens.push(`${isSigned ? "s" : "u"}${start}${bytes}${offset || ""}`);
    } else if (place?.[operand.kind]) tokens.push(`${place[operand.kind]}${start}`);
    else return undefined;
    offset += bytes;
  }
  // The indices of a gather.
  const indices = left.shift();
  if (indices) tokens.push(`g${width(indices)}`);
  return left.length > 0 ? undefined : tokens;
}

/** Bytes of the register that stands for the operand in memory. */
function sizeOfKind(kind) {
  const [, size] = /^(r8|r16|r32|r64|mm|xmm|ymm)_or_mem$/.exec(kind) ?? [];
  return { r8: 1, r16: 2, r32: 4, r64: 8, mm: 8, xmm: 16, ymm: 32 }[size];
}

/** The opcode maps, with the bytes before the opcode for each combination of prefixes: as `decode.ts` numbers these. */
function* maps() {
  const all = Array.from({ length: 256 }, (_, opcode) => opcode);
  const isPrefix = (opcode) =>
    [0x0f, 0x26, 0x2e, 0x36, 0x3e, 0x62, 0x64, 0x65, 0x66, 0x67, 0xc4, 0xc5, 0xf0, 0xf2, 0xf3].includes(opcode) ||
    (opcode & 0xf0) === 0x40;
  const legacy = (escapes) =>
    [0, 1, 2].flatMap((repeat) =>
      [0, 1].flatMap((operandSize) =>
        [0, 1].map((w) => [
          {
            bytes: [...(operandSize ? [0x66] : []), ...[[], [0xf3], [0xf2]][repeat], ...(w ? [0x48] : []), ...escapes],
            sib: 0x24,
          },
        ]),
      ),
    );
  yield { name: "0", opcodes: all.filter((opcode) => !isPrefix(opcode)), prefixes: legacy([]) };
  yield { name: "1", opcodes: all.filter((opcode) => opcode !== 0x38 && opcode !== 0x3a), prefixes: legacy([0x0f]) };
  yield { name: "2", opcodes: all, prefixes: legacy([0x0f, 0x38]) };
  yield { name: "3", opcodes: all, prefixes: legacy([0x0f, 0x3a]) };
  for (const map of [1, 2, 3]) {
    const prefixes = (variants) =>
      [0, 1, 2, 3].flatMap((pp) =>
        [0, 1].flatMap((w) =>
          [0, 1].map((l) =>
            variants.map(({ vvvv, sib }) => ({
              bytes: [0xc4, 0xe0 | map, (w << 7) | (vvvv << 3) | (l << 2) | pp],
              sib,
            })),
          ),
        ),
      );
    const isGather = (opcode) => map === 2 && (opcode & 0xfc) === 0x90;
    const first = { vvvv: 15, sib: 0x24 };
    yield { name: String(3 + map), opcodes: all.filter((opcode) => !isGather(opcode)), prefixes: prefixes([first]) };
    // Destination, indices and vvvv of a gather must differ.
    const others = [
      { vvvv: 8, sib: 0x24 },
      { vvvv: 8, sib: 0x1c },
    ];
    yield { name: String(3 + map), opcodes: all.filter(isGather), prefixes: prefixes([first, ...others]) };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = new URL("../runtime/x86/generated/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("opcodes.ts", folder), await generateOpcodes());
}
