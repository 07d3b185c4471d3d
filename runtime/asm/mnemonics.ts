/**
 * The mnemonics that GNU as accepts, and what each asks of the encoding table: aliases, operand-size suffixes,
 * condition synonyms, predicates inside names. A name can mean several things (`movq`); all are tried.
 */
import { type EncodingRow, encodingRowsOf, hasEncodings, OperandBit, tableMnemonics } from "./encoding-table.js";

export interface Candidate {
  readonly rows: readonly EncodingRow[];
  /** Bytes of the operation that a suffix demands; 0 when none. */
  readonly size: number;
  /** Bytes of the memory operand that the name demands; 0 when none. */
  readonly memorySize: number;
  /** The predicate of `vcmpeqps` and its family, to be appended as an immediate. */
  readonly predicate?: number;
  /** `movabs`: 64-bit immediates and addresses. */
  readonly isAbsolute: boolean;
  /** The suffix is part of the name as written, so that messages can talk of it. */
  readonly suffix: string;
}

const suffixSizes: Readonly<Record<string, number>> = { b: 1, w: 2, l: 4, q: 8 };

const conditionSynonyms: Readonly<Record<string, string>> = {
  z: "e",
  nz: "ne",
  c: "b",
  nc: "ae",
  nae: "b",
  nb: "ae",
  nbe: "a",
  na: "be",
  nge: "l",
  nl: "ge",
  ng: "le",
  nle: "g",
  pe: "p",
  po: "np",
};

const aliases: Readonly<Record<string, string>> = {
  cltq: "cdqe",
  cwtl: "cwde",
  cbtw: "cbw",
  cwtd: "cwd",
  cltd: "cdq",
  cqto: "cqo",
  sal: "shl",
  pushf: "pushfq",
  popf: "popfq",
  pushfw: "pushf",
  popfw: "popf",
  lret: "retf",
  retf: "retf",
  iret: "iretd",
  iretl: "iretd",
  iretw: "iret",
  fwait: "wait",
  ud2a: "ud2",
  ud2b: "ud1",
  repz: "repe",
  xlat: "xlatb",
  loopz: "loope",
  loopnz: "loopne",
  sysretd: "sysret",
  sysretl: "sysret",
  sysexitl: "sysexit",
  fcmovnae: "fcmovb",
  fcmovna: "fcmovbe",
  fcmova: "fcmovnbe",
  fcmovae: "fcmovnb",
  fcompi: "fcomip",
  fucompi: "fucomip",
  icebp: "int1",
};

const stringOperations = /^(movs|cmps|stos|lods|scas|ins|outs)([bwlqd])$/;
/** Names that mean a string instruction without operands, and an SSE2 instruction with them. */
const doubleNames = new Set(["movsd", "cmpsd"]);

const reversible = /^f(sub|div)r?p?$/;

const vectorPredicates = (
  "eq lt le unord neq nlt nle ord eq_uq nge ngt false neq_oq ge gt true eq_os lt_oq le_oq unord_s neq_us nlt_uq " +
  "nle_uq ord_s eq_us nge_uq ngt_uq false_os neq_os ge_oq gt_oq true_us"
).split(" ");
/** The long names of the predicates whose short ones are above. */
const predicateAliases: Readonly<Record<string, string>> = {
  eq_oq: "eq",
  lt_os: "lt",
  le_os: "le",
  unord_q: "unord",
  neq_uq: "neq",
  nlt_us: "nlt",
  nle_us: "nle",
  ord_q: "ord",
  nge_us: "nge",
  ngt_us: "ngt",
  false_oq: "false",
  ge_os: "ge",
  gt_os: "gt",
  true_uq: "true",
};
const integerPredicates: Readonly<Record<string, number>> = { eq: 0, lt: 1, le: 2, neq: 4, nlt: 5, nle: 6 };

const xopPredicates = ["lt", "le", "gt", "ge", "eq", "neq", "false", "true"];

/** Mnemonics that take no operand-size suffix although a general register or its memory takes part (GNU as). */
const noSuffix = new Set(
  (
    "aadd aand aor axor cldemote clflush clflushopt clrssbsy clwb encodekey128 encodekey256 enqcmd enqcmds extractps " +
    "incsspd incsspq invept invpcid invvpid kmovb kmovd kmovq kmovw ldmxcsr llwpcb lwpins lwpval movd movdir64b " +
    "movsxd pextrb pextrd pextrq pinsrb pinsrd pinsrq prefetch prefetchit0 prefetchit1 prefetchnta prefetcht0 " +
    "prefetcht1 prefetcht2 prefetchw prefetchwt1 rdfsbase rdgsbase rdpid rdrand rdseed rdsspd rdsspq rstorssp " +
    "senduipi slwpcb stmxcsr tpause umonitor umwait vcvtsd2usi vcvtsh2si vcvtsh2usi vcvtss2usi vcvttsd2usi " +
    "vcvttsh2si vcvttsh2usi vcvttss2usi vextractps vldmxcsr vmclear vmovd vmovq vmovw vmptrld vmptrst vmxon " +
    "vpbroadcastb vpbroadcastd vpbroadcastq vpbroadcastw vpextrb vpextrd vpextrq vpinsrb vpinsrd vpinsrq vstmxcsr " +
    "wrfsbase wrgsbase wrssd wrssq wrussd wrussq cbw cdq cdqe cqo cwd cwde"
  ).split(" "),
);

/** AVX names that AT&T syntax writes with the size of their source: x, y, z for 16, 32, 64 bytes. */
const vectorSized =
  /^(vcvt(dq2ph|neps2bf16|pd2dq|pd2ph|pd2ps|pd2udq|ps2phx|qq2ph|qq2ps|tpd2dq|tpd2udq|udq2ph|uqq2ph|uqq2ps)|vfpclassp[dhs])$/;

/** iced-x86's names for encodings that no assembler has a name for. */
const nameless =
  /^(reservednop|undoc|fstpnce|ccs_hash|ccs_encrypt|getsecq|v?pcmpestr[im]64|jmpe|fstpnce|loadall|\w+_alt)$/;
/** Intel syntax only; AT&T syntax says stosl, iretl. */
const intelOnly = /^(iretd|insd|outsd|stosd|lodsd|scasd)$/;

const cache = new Map<string, readonly Candidate[]>();

/** What `mnemonic` (lower case) can mean; empty when it is unknown. */
export function candidatesOf(mnemonic: string, dialect: "att" | "intel"): readonly Candidate[] {
  const key = dialect === "att" ? mnemonic : `${mnemonic} intel`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const found = findCandidates(mnemonic, dialect);
  // Hostile sources must not fill the memory with unknown names.
  if (found.length > 0) cache.set(key, found);
  return found;
}

function findCandidates(mnemonic: string, dialect: "att" | "intel"): Candidate[] {
  const found: Candidate[] = [];
  const add = (
    name: string,
    more: Partial<Omit<Candidate, "rows">> & { filter?: (row: EncodingRow) => boolean } = {},
  ) => {
    const { filter, ...rest } = more;
    const all = encodingRowsOf(name);
    const rows = filter === undefined ? all : all.filter(filter);
    if (rows.length > 0) found.push({ rows, size: 0, memorySize: 0, isAbsolute: false, suffix: "", ...rest });
  };
  const isAtt = dialect === "att";
  if (nameless.test(mnemonic) || (isAtt && intelOnly.test(mnemonic))) return found;

  const extension = /^mov([zs])([bw])([wlq])?$/.exec(mnemonic);
  if (isAtt && extension?.[2] !== undefined) {
    const source = suffixSizes[extension[2]] ?? 0;
    const size = extension[3] === undefined ? 0 : (suffixSizes[extension[3]] ?? 0);
    const takesSource = (row: EncodingRow) => row.kinds[1]?.size === source && row.size > source;
    add(extension[1] === "z" ? "movzx" : "movsx", { size, filter: takesSource });
  }
  // The suffix of movzx and movsx is the size of the source.
  const extended = /^(mov[zs]x)([bwl])$/.exec(mnemonic);
  if (isAtt && extended?.[1] !== undefined && extended[2] !== undefined) {
    const source = suffixSizes[extended[2]];
    add(extended[1], { filter: (row) => row.kinds[1]?.size === source });
    return found;
  }
  if (mnemonic === "movslq") add("movsxd", { size: 8 });
  const checksum = /^crc32([bwlq])$/.exec(mnemonic);
  if (isAtt && checksum?.[1] !== undefined) {
    const source = suffixSizes[checksum[1]];
    add("crc32", { filter: (row) => row.kinds[1]?.size === source });
    return found;
  }
  const far = /^(ljmp|lcall)([wlq])?$/.exec(mnemonic);
  if (isAtt && far !== null) {
    const operandSize = far[2] === undefined ? 32 : (suffixSizes[far[2]] ?? 0) * 8;
    add(far[1] === "ljmp" ? "jmp" : "call", {
      filter: (row) => row.operandSize === operandSize && row.kinds[0]?.name === "mem",
    });
  }
  if (mnemonic === "movabs" || mnemonic === "movabsq" || (isAtt && /^movabs[bwl]$/.test(mnemonic))) {
    const size = suffixSizes[mnemonic.slice(6)] ?? 0;
    add("mov", {
      size,
      isAbsolute: true,
      filter: (row) => row.kinds.some(({ name }) => /^(imm64|mem_offs)$/.test(name)),
    });
    return found;
  }
  if (mnemonic === "movq" || mnemonic === "movd") {
    // Moves between vector and general registers, or vector and memory; the rest of `movq` is `mov`.
    const isGeneral = (row: EncodingRow) => row.kinds.some(({ size }) => size > 0);
    add("movq");
    if (mnemonic === "movd") {
      found.length = 0;
      add("movd");
      add("movq", { filter: isGeneral });
    }
    if (mnemonic === "movq" && isAtt) add("mov", { size: 8, suffix: "q" });
    return found;
  }

  const string = doubleNames.has(mnemonic) ? null : stringOperations.exec(mnemonic);
  if (isAtt && string?.[2] === "d") return found;
  if (string?.[1] !== undefined && string[2] !== undefined) {
    const letter = string[2] === "l" ? "d" : string[2];
    add(string[1] + letter, { filter: (row) => row.kinds.some(({ isImplied }) => isImplied) });
  } else if (/^(movs|cmps|stos|lods|scas|ins|outs|scmp|ssto|slod|smov|ssca)$/.test(mnemonic)) {
    for (const letter of ["d", "b", "w", "q"]) {
      add(mnemonic + letter, { filter: (row) => row.kinds.some(({ isImplied }) => isImplied) });
    }
  }

  const conditional = /^(j|set|cmov)(\w+?)(?:,p[nt])?$/.exec(mnemonic);
  if (conditional?.[1] !== undefined && conditional[2] !== undefined) {
    let condition = conditional[2];
    let size = 0;
    let suffix = "";
    const isCondition = (text: string) => text in conditionSynonyms || hasEncodings(conditional[1] + text);
    if (!isCondition(condition) && isAtt) {
      suffix = condition.slice(-1);
      size = suffixSizes[suffix] ?? 0;
      condition = condition.slice(0, -1);
    }
    if (size > 0 || suffix === "") {
      const name = conditional[1] + (conditionSynonyms[condition] ?? condition);
      if (isCondition(condition) && hasEncodings(name)) {
        add(name, { size, suffix });
        return found;
      }
    }
  }

  const alias = aliases[mnemonic];
  if (alias !== undefined && Object.hasOwn(aliases, mnemonic)) add(alias);

  if (isAtt && mnemonic.startsWith("f")) addFloatingPoint(mnemonic, add);

  const isShadowed = alias !== undefined && Object.hasOwn(aliases, mnemonic);
  if (isAtt && reversible.test(mnemonic)) {
    // AT&T syntax has fsub and fsubr, fdiv and fdivr the wrong way round where the destination is not %st.
    const other = mnemonic.replace(/^(fsub|fdiv)(r?)/, (_, name, r) => name + (r === "" ? "r" : ""));
    const intoStack = (row: EncodingRow) => row.kinds[0]?.name === "sti_opcode";
    add(mnemonic, { filter: (row) => !intoStack(row) });
    add(other, { filter: intoStack });
  } else if (hasEncodings(mnemonic) && !isShadowed && !(isAtt && string)) add(mnemonic);

  if (mnemonic === "movsx") add("movsxd", { filter: (row) => row.size >= 4 });

  if (!hasEncodings(mnemonic)) addPredicates(mnemonic, add);

  const hasFloatingMemory = mnemonic.startsWith("f");
  const suffixed = /^(\w+)([bwlq])$/.exec(mnemonic);
  if (isAtt && suffixed?.[1] !== undefined && suffixed[2] !== undefined && !string && !hasFloatingMemory) {
    const base = Object.hasOwn(aliases, suffixed[1]) ? (aliases[suffixed[1]] ?? suffixed[1]) : suffixed[1];
    const size = suffixSizes[suffixed[2]] ?? 0;
    if (!noSuffix.has(base)) add(base, { size, suffix: suffixed[2], filter: (row) => takesSuffix(row, size) });
  }
  // Where there is no operand to carry the size, Intel syntax has suffixes too.
  const intelSuffixed = /^(push|pop|ret|retf|leave|enter)([wq])$/.exec(mnemonic);
  if (!isAtt && intelSuffixed?.[1] !== undefined && intelSuffixed[2] !== undefined && found.length === 0) {
    const size = suffixSizes[intelSuffixed[2]] ?? 0;
    add(intelSuffixed[1], { size, suffix: intelSuffixed[2], filter: (row) => takesSuffix(row, size) });
  }
  const vectorSuffix = /^(v\w+)([xyz])$/.exec(mnemonic);
  if (isAtt && vectorSuffix?.[1] !== undefined && vectorSuffix[2] !== undefined && vectorSized.test(vectorSuffix[1])) {
    add(vectorSuffix[1], { memorySize: { x: 16, y: 32, z: 64 }[vectorSuffix[2] as "x" | "y" | "z"] });
  }
  return found;
}

const vectorOperands =
  OperandBit.mm | OperandBit.xmm | OperandBit.ymm | OperandBit.zmm | OperandBit.mask | OperandBit.tile | OperandBit.st;

/** Whether an AT&T suffix can stand for the size of the row's operation. */
function takesSuffix(row: EncodingRow, size: number): boolean {
  if (row.size !== size) return false;
  // Vector instructions take a suffix only where a general register or its memory takes part (cvtsi2sdl).
  return (
    row.kinds.some((kind) => kind.size > 0) || row.kinds.every((kind) => (kind.operandMask & vectorOperands) === 0)
  );
}

type Add = (name: string, more?: Partial<Omit<Candidate, "rows">> & { filter?: (row: EncodingRow) => boolean }) => void;

/** x87: `flds`, `fldl`, `fldt`, `filds`, `fildl`, `fildll`, … name the size of their memory operand. */
function addFloatingPoint(mnemonic: string, add: Add): void {
  const real: Readonly<Record<string, number>> = { s: 4, l: 8, t: 10 };
  const integer: Readonly<Record<string, number>> = { s: 2, l: 4, ll: 8, q: 8 };
  for (const suffix of ["ll", "s", "l", "q", "t"]) {
    if (!mnemonic.endsWith(suffix)) continue;
    const base = mnemonic.slice(0, -suffix.length);
    if (!hasEncodings(base)) continue;
    const size = (base.startsWith("fi") && base !== "finit" ? integer : real)[suffix];
    if (size === undefined) continue;
    add(base, {
      memorySize: size,
      suffix,
      filter: (row) => row.memorySize === size && row.kinds.some(({ slot }) => slot === "rm"),
    });
  }
}

/** `cmpeqps`, `vcmpnltsd`, `vpcmpequb`, `pclmullqhqdq`: the immediate hides in the name. */
function addPredicates(mnemonic: string, add: Add): void {
  const compare = /^(v?cmp)(\w+?)(ps|pd|ss|sd|ph|sh)$/.exec(mnemonic);
  if (compare?.[1] !== undefined && compare[2] !== undefined && compare[3] !== undefined) {
    const predicate = vectorPredicates.indexOf(predicateAliases[compare[2]] ?? compare[2]);
    const last = compare[1] === "cmp" ? 7 : 31;
    // The half-precision comparisons exist with a mask as destination only; the table knows.
    if (predicate >= 0 && predicate <= last) add(compare[1] + compare[3], { predicate });
  }
  const integer = /^vpcmp(eq|lt|le|neq|nlt|nle)(u?[bwdq])$/.exec(mnemonic);
  if (integer?.[1] !== undefined && integer[2] !== undefined) {
    add(`vpcmp${integer[2]}`, { predicate: integerPredicates[integer[1]] });
  }
  const xop = /^vpcom(lt|le|gt|ge|eq|neq|false|true)(u?[bwdq])$/.exec(mnemonic);
  if (xop?.[1] !== undefined && xop[2] !== undefined) {
    add(`vpcom${xop[2]}`, { predicate: xopPredicates.indexOf(xop[1]) });
  }
  const multiply = /^(v?pclmul)([lh])q([lh])qdq$/.exec(mnemonic);
  if (multiply?.[1] !== undefined) {
    add(`${multiply[1]}qdq`, { predicate: (multiply[2] === "h" ? 1 : 0) | (multiply[3] === "h" ? 16 : 0) });
  }
}

let names: readonly string[] | undefined;

/** Mnemonics as people write them, for suggestions and completion. */
export function mnemonicNames(): readonly string[] {
  if (names !== undefined) return names;
  const all = new Set(tableMnemonics());
  for (const alias of Object.keys(aliases)) all.add(alias);
  for (const condition of Object.keys(conditionSynonyms)) {
    for (const family of ["j", "set", "cmov"]) all.add(family + condition);
  }
  for (const base of "mov add sub and or xor cmp test push pop inc dec neg not lea imul mul div idiv shl shr sar".split(
    " ",
  )) {
    for (const suffix of "bwlq") all.add(base + suffix);
  }
  for (const name of ["movabs", "movzbl", "movzwl", "movsbl", "movswl", "movzbq", "movzwq", "movsbq", "movswq"]) {
    all.add(name);
  }
  names = [...all];
  return names;
}
