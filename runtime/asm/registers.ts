/** The registers that assembly names: class, number, size. SDM vol. 1, 3.4; vol. 2A, 2.1.5 and 2.2.1.2. */

export type RegisterClass =
  | "r8"
  | "r16"
  | "r32"
  | "r64"
  | "segment"
  | "control"
  | "debug"
  | "mm"
  | "xmm"
  | "ymm"
  | "zmm"
  | "mask"
  | "st"
  | "tile"
  | "rip"
  | "zero";

export interface Register {
  readonly name: string;
  readonly class: RegisterClass;
  /** As ModRM, REX, VEX and EVEX encode it. */
  readonly number: number;
  /** In bytes. */
  readonly size: number;
  /** `spl`, `bpl`, `sil`, `dil`: encodable with a REX prefix only. */
  readonly needsRex: boolean;
  /** `ah`, `ch`, `dh`, `bh`: not encodable with a REX prefix. */
  readonly isHighByte: boolean;
}

const registers = new Map<string, Register>();

function define(
  registerClass: RegisterClass,
  size: number,
  names: readonly string[],
  traits: { first?: number; needsRex?: boolean; isHighByte?: boolean } = {},
): void {
  names.forEach((name, i) => {
    registers.set(name, {
      name,
      class: registerClass,
      number: i + (traits.first ?? 0),
      size,
      needsRex: traits.needsRex ?? false,
      isHighByte: traits.isHighByte ?? false,
    });
  });
}

const numbered = (count: number, name: (i: number) => string, from = 0) =>
  Array.from({ length: count }, (_, i) => name(i + from));

const legacy = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
define("r64", 8, [...legacy.map((name) => `r${name}`), ...numbered(8, (i) => `r${i}`, 8)]);
define("r32", 4, [...legacy.map((name) => `e${name}`), ...numbered(8, (i) => `r${i}d`, 8)]);
define("r16", 2, [...legacy, ...numbered(8, (i) => `r${i}w`, 8)]);
define("r8", 1, ["al", "cl", "dl", "bl"]);
define("r8", 1, ["ah", "ch", "dh", "bh"], { first: 4, isHighByte: true });
define("r8", 1, ["spl", "bpl", "sil", "dil"], { first: 4, needsRex: true });
define(
  "r8",
  1,
  numbered(8, (i) => `r${i}b`, 8),
  { first: 8 },
);
define("segment", 2, ["es", "cs", "ss", "ds", "fs", "gs"]);
define(
  "control",
  8,
  numbered(16, (i) => `cr${i}`),
);
define(
  "debug",
  8,
  numbered(16, (i) => `db${i}`),
);
define(
  "debug",
  8,
  numbered(16, (i) => `dr${i}`),
);
define(
  "mm",
  8,
  numbered(8, (i) => `mm${i}`),
);
define(
  "xmm",
  16,
  numbered(32, (i) => `xmm${i}`),
);
define(
  "ymm",
  32,
  numbered(32, (i) => `ymm${i}`),
);
define(
  "zmm",
  64,
  numbered(32, (i) => `zmm${i}`),
);
define(
  "mask",
  8,
  numbered(8, (i) => `k${i}`),
);
define(
  "tile",
  1024,
  numbered(8, (i) => `tmm${i}`),
);
define("st", 10, ["st"]);
define(
  "st",
  10,
  numbered(8, (i) => `st(${i})`),
);
define("rip", 8, ["rip"]);
define("rip", 4, ["eip"]);
define("zero", 8, ["riz"], { first: 4 });
define("zero", 4, ["eiz"], { first: 4 });

/** The register called `name` (lower case, no `%`). */
export function findRegister(name: string): Register | undefined {
  return registers.get(name);
}

/** Every register's name, for suggestions and completion. */
export function registerNames(): readonly string[] {
  return [...registers.keys()];
}

/** The general register of the same number in another size; undefined when there is none. */
export function resizedRegister(register: Register, size: number): Register | undefined {
  const wanted: RegisterClass | undefined = ({ 1: "r8", 2: "r16", 4: "r32", 8: "r64" } as const)[size as 1 | 2 | 4 | 8];
  if (!/^r\d/.test(register.class) || wanted === undefined) return undefined;
  const number = register.isHighByte ? register.number - 4 : register.number;
  for (const other of registers.values()) {
    if (other.class === wanted && other.number === number && !other.isHighByte) return other;
  }
  return undefined;
}
