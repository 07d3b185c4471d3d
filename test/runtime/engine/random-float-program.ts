/** Random programs of floating-point and vector instructions, for the comparison of compiled regions with the interpreter. */
import type { ProgramImage } from "../../../runtime/base/program-image.js";
import { buildProgram } from "../threads/build-program.js";
import type { Random } from "./random-program.js";

/** What the values of a program are like, and whether MXCSR changes on the way. */
export interface FloatStyle {
  /** Of so many constants, one is a NaN, infinite, denormal, or near such. 0: none. */
  readonly specials: number;
  /** Values of MXCSR that the program loads; the first is there at the start. */
  readonly controls: readonly number[];
  readonly usesAvx: boolean;
  readonly usesX87: boolean;
  /** Small whole numbers: sums and products are exact. */
  readonly isWhole: boolean;
}

const specialDoubles = [
  0x7ff8000000000000n,
  0x7ff0000000000001n,
  0xfff8000000001234n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x0000000000000001n,
  0x800fffffffffffffn,
  0x0010000000000000n,
  0x8010000000000001n,
  0x7fefffffffffffffn,
  0x8000000000000000n,
  0n,
  0x43e0000000000000n,
  0xc1e0000000000000n,
  0x41dfffffffe00000n,
  0x3810000000000000n,
  0x47efffffe0000000n,
  0x36a0000000000000n,
] as const;
const specialSingles = [
  0x7fc00000, 0x7f800001, 0xffc01234, 0x7f800000, 0xff800000, 1, 0x807fffff, 0x00800000, 0x80800001, 0x7f7fffff,
  0x80000000, 0, 0x4f000000, 0xcf000000, 0x4effffff, 0x5f000000,
] as const;

const pool = 64;
const doublesAt = 0;
const singlesAt = 8 * pool;
const scratchAt = 16 * pool;
const scratchBytes = 512;
const controlsAt = scratchAt + scratchBytes;

function double(random: Random, { specials, isWhole }: FloatStyle): bigint {
  if (specials > 0 && random.below(specials) === 0) return random.pick(specialDoubles);
  const value = isWhole ? random.below(64) - 20 : (random.below(2 ** 30) - 2 ** 29) / (1 + random.below(2 ** 20));
  return new BigUint64Array(new Float64Array([value]).buffer)[0] ?? 0n;
}

function single(random: Random, { specials, isWhole }: FloatStyle): number {
  if (specials > 0 && random.below(specials) === 0) return random.pick(specialSingles);
  const value = isWhole ? random.below(64) - 20 : (random.below(2 ** 20) - 2 ** 19) / (1 + random.below(2 ** 12));
  return new Uint32Array(new Float32Array([value]).buffer)[0] ?? 0;
}

const conditions = ["b", "ae", "e", "ne", "be", "a", "p", "np", "g", "le"];
const suffixes = ["ss", "sd", "ps", "pd"] as const;
type Suffix = (typeof suffixes)[number];
const integerPairs = (
  "paddb paddw paddd paddq psubb psubd pmullw pmulld pmuludq pmuldq pmulhw pmaddwd pcmpeqb pcmpeqd pcmpgtw pcmpgtd " +
  "pminub pmaxsw pminsd pmaxud punpcklbw punpckhwd punpckldq punpcklqdq packsswb packusdw pshufb pavgb psadbw pand " +
  "pandn por pxor pabsd phaddd psignw paddusb psubsw pmulhrsw pmaddubsw"
).split(" ");
const floatLogic = "andps andnps orpd xorpd xorps andpd andnpd".split(" ");
const floatShuffles = "unpcklps unpckhps unpcklpd unpckhpd movhlps movlhps".split(" ");
const duplicates = "movsldup movshdup movddup".split(" ");

class Generator {
  private labels = 0;

  constructor(
    private readonly random: Random,
    private readonly style: FloatStyle,
    readonly lines: string[],
  ) {}

  private register(): string {
    return `%xmm${this.random.below(8)}`;
  }

  /** A constant or a result stored before, aligned to 16 bytes. */
  private memory(kind: "double" | "single" | "any"): string {
    const { random } = this;
    if (random.below(4) === 0) return `${scratchAt + 16 * random.below(scratchBytes / 16 - 2)}(%rbx)`;
    const isDouble = kind === "any" ? random.below(2) === 0 : kind === "double";
    return `${(isDouble ? doublesAt : singlesAt) + 16 * random.below(isDouble ? pool / 2 - 1 : pool / 4 - 1)}(%rbx)`;
  }

  private scratch(): string {
    return `${scratchAt + 16 * this.random.below(scratchBytes / 16 - 2)}(%rbx)`;
  }

  private source(suffix: Suffix): string {
    const isDouble = suffix === "sd" || suffix === "pd";
    return this.random.below(3) === 0 ? this.memory(isDouble ? "double" : "single") : this.register();
  }

  some(count: number): void {
    for (let i = 0; i < count; i++) this.one();
  }

  private add(...lines: string[]): void {
    this.lines.push(...lines);
  }

  private one(): void {
    const { random, style } = this;
    const suffix = random.pick(suffixes);
    const general = `%${random.pick(["eax", "rax", "edx", "rdx", "rsi"])}`;
    switch (random.below(style.usesX87 ? 24 : 21)) {
      case 0:
      case 1:
      case 2:
      case 3:
        this.arithmetic(suffix);
        return;
      case 4:
      case 5: {
        const load = random.pick(["movaps", "movups", "movss", "movsd", "movdqu", "movapd"]);
        this.add(`${load} ${this.memory(load.endsWith("d") ? "double" : "any")}, ${this.register()}`);
        return;
      }
      case 6: {
        const store = random.pick(["movaps", "movups", "movss", "movsd", "movlps", "movhpd", "movq", "movd"]);
        this.add(`${store} ${this.register()}, ${this.scratch()}`);
        return;
      }
      case 7:
        this.compare();
        return;
      case 8:
        this.add(`cmp${suffix} $${random.below(8)}, ${this.source(suffix)}, ${this.register()}`);
        return;
      case 9:
        this.convert(general);
        return;
      case 10: {
        const names = [
          "cvtdq2ps",
          "cvtdq2pd",
          "cvtps2dq",
          "cvttps2dq",
          "cvtpd2dq",
          "cvttpd2dq",
          "cvtps2pd",
          "cvtpd2ps",
        ];
        this.add(`${random.pick(names)} ${this.source("pd")}, ${this.register()}`);
        return;
      }
      case 11:
        this.add(`${random.pick(integerPairs)} ${this.source("ps")}, ${this.register()}`);
        return;
      case 12:
        this.add(`${random.pick(floatLogic)} ${this.source("pd")}, ${this.register()}`);
        return;
      case 13:
        if (random.below(2) === 0) this.add(`${random.pick(floatShuffles)} ${this.register()}, ${this.register()}`);
        else this.add(`${random.pick(duplicates)} ${this.source("ps")}, ${this.register()}`);
        return;
      case 14: {
        const name = random.pick([
          "shufps",
          "shufpd",
          "pshufd",
          "pshuflw",
          "palignr",
          "blendps",
          "pblendw",
          "insertps",
        ]);
        this.add(`${name} $${random.below(256)}, ${this.source("ps")}, ${this.register()}`);
        return;
      }
      case 15:
        this.add(`${random.pick(["movaps", "movsd", "movss", "movq"])} ${this.register()}, ${this.register()}`);
        return;
      case 16:
        this.rarer(suffix);
        return;
      case 17: {
        const shift = random.pick(["psllw", "pslld", "psllq", "psrlw", "psrld", "psrlq", "psraw", "psrad", "psrldq"]);
        this.add(`${shift} $${random.below(70)}, ${this.register()}`);
        return;
      }
      case 18: {
        const name = random.pick(["movmskps", "movmskpd", "pmovmskb"]);
        this.add(`${name} ${this.register()}, %r8d`, `ptest ${this.register()}, ${this.register()}`, "setc %r9b");
        return;
      }
      case 19:
        if (style.usesAvx) this.avx(suffix);
        else this.arithmetic(suffix);
        return;
      case 20:
        if (style.controls.length > 1 && random.below(3) === 0) {
          this.add(`ldmxcsr ${controlsAt + 4 * random.below(style.controls.length)}(%rbx)`);
        } else if (random.below(4) === 0) {
          this.add(`stmxcsr ${this.scratch()}`);
        } else {
          this.arithmetic(suffix);
        }
        return;
      default:
        this.x87();
    }
  }

  private arithmetic(suffix: Suffix): void {
    const { random } = this;
    // A whole number divided is none any more.
    const names = this.style.isWhole ? ["add", "sub", "mul", "min", "max"] : ["add", "sub", "mul", "div", "min", "max"];
    if (!this.style.isWhole && random.below(12) === 0) names.push("sqrt", "sqrt", "sqrt", "sqrt");
    this.add(`${random.pick(names)}${suffix} ${this.source(suffix)}, ${this.register()}`);
  }

  private compare(): void {
    const { random } = this;
    const suffix = random.pick(["ss", "sd"] as const);
    this.add(`${random.pick(["comi", "ucomi"])}${suffix} ${this.source(suffix)}, ${this.register()}`);
    switch (random.below(3)) {
      case 0:
        this.add(`set${random.pick(conditions)} %r10b`);
        return;
      case 1:
        this.add(`cmov${random.pick(conditions)} %rsi, %rdi`);
        return;
      default: {
        const label = `over${this.labels++}`;
        this.add(`j${random.pick(conditions)} ${label}`);
        for (let i = random.below(4); i > 0; i--) this.arithmetic(random.pick(suffixes));
        this.add(`${label}:`);
      }
    }
  }

  private convert(general: string): void {
    const { random } = this;
    switch (random.below(5)) {
      case 0:
        this.add(`cvt${random.pick(["", "t"])}${random.pick(["ss", "sd"])}2si ${this.source("sd")}, ${general}`);
        return;
      case 1:
        this.add(`cvtsi2${random.pick(["ss", "sd"])} ${general}, ${this.register()}`);
        return;
      case 2:
        this.add(`cvtss2sd ${this.source("ss")}, ${this.register()}`);
        return;
      case 3:
        this.add(`cvtsd2ss ${this.source("sd")}, ${this.register()}`);
        return;
      default:
        this.add(`movq ${this.register()}, %rdi`, "add $3, %rdi", `movq %rdi, ${this.register()}`);
    }
  }

  private rarer(suffix: Suffix): void {
    const { random } = this;
    switch (random.below(6)) {
      case 0:
        this.add(`round${suffix} $${random.below(16)}, ${this.source(suffix)}, ${this.register()}`);
        return;
      case 1:
        this.add(
          `${random.pick(["rcp", "rsqrt"])}${random.pick(["ss", "ps"])} ${this.source("ps")}, ${this.register()}`,
        );
        return;
      case 2:
        this.add(`dp${random.pick(["ps", "pd"])} $${random.below(256)}, ${this.source("ps")}, ${this.register()}`);
        return;
      default: {
        const kind = random.pick(["ps", "pd"] as const);
        this.add(`${random.pick(["addsub", "hadd", "hsub"])}${kind} ${this.source(kind)}, ${this.register()}`);
      }
    }
  }

  private avx(suffix: Suffix): void {
    const { random } = this;
    const isWide = (suffix === "ps" || suffix === "pd") && random.below(2) === 0;
    const letter = isWide ? "ymm" : "xmm";
    const some = () => `%${letter}${random.below(8)}`;
    switch (random.below(9)) {
      case 8: {
        const name = `${random.pick(["vfmadd", "vfmsub", "vfnmadd", "vfnmsub"])}${random.pick(["132", "213", "231"])}`;
        const source = random.below(3) === 0 ? this.memory(suffix.endsWith("d") ? "double" : "single") : some();
        this.add(`${name}${suffix} ${source}, ${some()}, ${some()}`);
        return;
      }
      case 5: {
        const name = random.pick(["vandps", "vxorpd", "vandnpd", "vorps", "vpxor", "vpandn"]);
        this.add(`${name} ${this.source("pd")}, ${this.register()}, ${this.register()}`);
        return;
      }
      case 6: {
        const [from, to] = random.pick([
          ["sd", "ss"],
          ["ss", "sd"],
        ]);
        this.add(`vcvt${from}2${to} ${this.source(from as Suffix)}, ${this.register()}, ${this.register()}`);
        return;
      }
      case 7:
        this.avxScalar();
        return;
      case 0:
      case 1: {
        const source = random.below(3) === 0 ? this.memory(suffix.endsWith("d") ? "double" : "single") : some();
        this.add(
          `v${random.pick(["add", "sub", "mul", "div", "min", "max"])}${suffix} ${source}, ${some()}, ${some()}`,
        );
        return;
      }
      case 2:
        this.add(`vcmp${suffix} $${random.below(32)}, ${some()}, ${some()}, ${some()}`);
        return;
      case 3:
        this.add(`vmovups ${this.memory("any")}, %ymm${random.below(8)}`);
        return;
      default:
        this.add(`v${random.pick(integerPairs.filter((name) => name !== "pabsd"))} ${some()}, ${some()}, ${some()}`);
    }
  }

  private avxScalar(): void {
    const { random } = this;
    const suffix = random.pick(["ss", "sd"] as const);
    switch (random.below(6)) {
      case 0:
        this.add(`vcvtsi2${suffix} %${random.pick(["eax", "rdx"])}, ${this.register()}, ${this.register()}`);
        return;
      case 1:
        this.add(`vcvtt${suffix}2si ${this.source(suffix)}, %${random.pick(["eax", "rdx"])}`);
        return;
      case 2:
        this.add(`vucomi${suffix} ${this.source(suffix)}, ${this.register()}`, `set${random.pick(conditions)} %r10b`);
        return;
      case 3:
        this.add(
          `vmov${suffix} ${this.memory("any")}, ${this.register()}`,
          `vmov${suffix} ${this.register()}, ${this.scratch()}`,
        );
        return;
      case 4:
        this.add(`vmovaps ${this.register()}, ${this.register()}`, `vmovq ${this.register()}, ${this.register()}`);
        return;
      default:
        this.add(
          `vxorps %xmm3, %xmm3, ${this.register()}`,
          `vsqrt${suffix} ${this.source(suffix)}, ${this.register()}, ${this.register()}`,
        );
    }
  }

  /** Two numbers go on the stack of the x87 unit and what is left of them is stored. */
  private x87(): void {
    const { random } = this;
    const load = () => random.pick([`fldl ${this.memory("double")}`, `flds ${this.memory("single")}`, "fld1", "fldpi"]);
    this.add(load(), load());
    const arithmetic = ["faddp", "fmulp", "fsubp", "fsubrp", "fdivp", "fdivrp"];
    switch (random.below(4)) {
      case 0:
        this.add("fxch", "fucomip %st(1), %st", `set${random.pick(conditions)} %r11b`);
        break;
      case 1:
        this.add(`fmull ${this.memory("double")}`, random.pick(["fchs", "fabs", "fsqrt", "frndint"]), "faddp");
        break;
      default:
        this.add(random.pick(arithmetic));
    }
    this.add(
      random.pick([
        `fstpl ${this.scratch()}`,
        `fstps ${this.scratch()}`,
        `fistpl ${this.scratch()}`,
        `fstpt ${this.scratch()}`,
      ]),
    );
  }
}

/** A program of nested loops. rbx points to constants and results, rcx and rbp count rounds. */
export function randomFloatProgram(random: Random, style: FloatStyle): ProgramImage {
  const lines: string[] = [];
  const generator = new Generator(random, style, lines);
  lines.push(".globl _start", "_start: lea data(%rip), %rbx", `ldmxcsr ${controlsAt}(%rbx)`, "mov $60, %ebp");
  for (let i = 0; i < 8; i++) lines.push(`movups ${16 * i + (i < 4 ? doublesAt : singlesAt)}(%rbx), %xmm${i}`);
  lines.push("outer:");
  if (style.controls.length > 1) lines.push(`ldmxcsr ${controlsAt + 4 * random.below(style.controls.length)}(%rbx)`);
  generator.some(4);
  for (let loop = 0; loop < 2; loop++) {
    lines.push(`mov $${8 + random.below(30)}, %ecx`, `inner${loop}:`);
    generator.some(4 + random.below(14));
    lines.push("call f", "dec %ecx", `jnz inner${loop}`);
  }
  generator.some(random.below(6));
  lines.push("dec %ebp", "jnz outer", "mov $60, %eax", "syscall", "f:");
  generator.some(1 + random.below(5));
  lines.push("ret", ".data", ".balign 4096", "data:");
  lines.push(`.quad ${Array.from({ length: pool }, () => double(random, style)).join(", ")}`);
  lines.push(`.long ${Array.from({ length: 2 * pool }, () => single(random, style)).join(", ")}`);
  lines.push(`.skip ${scratchBytes}`, `.long ${style.controls.join(", ")}`, ".balign 4096");
  return buildProgram(`${lines.join("\n")}\n`);
}
