/**
 * VEX forms: instructions of AVX and AVX2 that are those of SSE, made of the same definitions. The destination is an
 * operand of its own, 256 bits are two lanes that the definition computes one by one, a memory operand need not be
 * aligned, and the rest of the destination becomes zero. Intel SDM vol. 1, 14.1 to 14.3.
 */
import type { Builder, Variable } from "./builder.js";
import { allDefinitions, define, type Semantics, type Variant } from "./define.js";
import { gatherExceptions } from "./float-instruction.js";
import type { Operand } from "./operands.js";
import type { Value, Width } from "./value.js";

export interface VexShape {
  /** Not `v` + the SSE form's name. */
  readonly name?: string;
  /** 2: where the SSE form reads its destination, the VEX form has another operand. In some forms only: those. */
  readonly sources?: 1 | 2 | readonly string[];
  /** 16: of 128 bits only. Absent: 256 bits, too. */
  readonly lanes?: 1;
  /** The memory operand is aligned after all. */
  readonly isAligned?: boolean;
  /** The second lane is computed with the immediate shifted to the right by that many bits. */
  readonly immediateShift?: number;
  /** Both lanes take the whole second operand, of 16 bytes. */
  readonly isCountShared?: boolean;
  /** Each lane takes the first bytes of a lane of the source. */
  readonly isSpread?: boolean;
  /** Each lane gives half a lane of the result. */
  readonly narrows?: boolean;
  /** It raises floating-point exceptions. */
  readonly raises?: boolean;
  /** The vector register that it writes without naming it. */
  readonly implicitResult?: number;
}

/** Defines `v` + each of the names. */
export function defineVex(names: string, shape: VexShape = {}): void {
  for (const name of names.split(" ")) {
    const twin = allDefinitions().get(name);
    if (!twin) throw new Error(`${name} has no VEX form: it is not defined`);
    defineVexOf(shape.name ?? `v${name}`, twin.semantics, twin.variants, shape);
  }
}

/** Defines `name` by what an SSE form of it would be. */
export function defineVexOf(name: string, twin: Semantics, twinVariants: readonly Variant[], shape: VexShape): void {
  const variants = twinVariants.flatMap((variant) => vexVariants(variant, shape));
  define(name, vexSemantics(twin, twinVariants[0]?.form.length ?? 0, shape), { variants });
}

/** The variants that follow from one of the SSE form. */
function vexVariants(variant: Variant, shape: VexShape): Variant[] {
  const { form, widths } = variant;
  // MMX registers have no VEX forms; moves that go both ways have a destination of known kind.
  if (form.includes("q")) return [];
  if (form === "aa") {
    return ["ra", "mr"].flatMap((known) => vexVariants({ form: known, widths }, shape));
  }
  const { sources = 1 } = shape;
  const hasOther = sources === 2 || (typeof sources === "object" && sources.includes(form));
  const isPacked = shape.lanes !== 1 && (widths[0] === 16 || widths[1] === 16);
  return (isPacked ? [1, 2] : [1]).map((lanes) => {
    const wide = widths.map((width, index) => {
      if (lanes === 1 || width === 1) return width;
      if ((shape.isCountShared && index === 1) || (shape.narrows && index === 0)) return width;
      return shape.isSpread ? 32 : ((2 * width) as Width);
    });
    const letters = [...form].map((letter, index) => (letter === "x" && (wide[index] ?? 0) >= 16 ? "a" : letter));
    if (!hasOther) return { form: letters.join(""), widths: wide };
    const [first = 16, ...rest] = wide;
    return { form: `${letters[0]}r${letters.slice(1).join("")}`, widths: [first, first, ...rest] };
  });
}

function vexSemantics(twin: Semantics, twinOperands: number, shape: VexShape): Semantics {
  return (b, ...all) => {
    // As many as the form has: the type is for definitions, which have a fixed number.
    const operands = all.filter((operand: Operand | undefined) => operand !== undefined);
    const [destination, ...others] = operands;
    if (!destination) {
      throw new Error("an instruction with a VEX form has no operands");
    }
    const hasOther = operands.length > twinOperands;
    const first = hasOther ? (others.shift() ?? destination) : destination;
    const lanes = Math.max(...operands.map(({ width }) => width)) === 32 ? 2 : 1;
    const results: (Value | undefined)[] = [];
    const compute = () => {
      for (let lane = 0; lane < lanes; lane++) {
        const result = new LaneOfDestination(b, destination, first, lane, lanes, shape.isAligned === true);
        const sources = others.map((operand) => new LaneOfSource(b, operand, lane, lanes, shape));
        const [second, third, fourth] = sources;
        const target = destination.width >= 16 ? result : destination;
        // As many operands as the twin's variants have.
        twin(b, target, second as Operand, third as Operand, fourth as Operand);
        results.push(result.written);
      }
    };
    if (shape.raises && lanes === 2) gatherExceptions(b, compute);
    else compute();
    const [low, high] = results;
    if (shape.narrows && low && high) writeLanes(b, destination, [b.replaceLane(low, 1, b.lane(high, 0))]);
    else writeLanes(b, destination, results);
    if (shape.implicitResult !== undefined) {
      const place = { kind: "vector", index: shape.implicitResult } as const;
      b.setRegister(place, 16, 16, b.splat(b.constant(0)));
    }
  };
}

/** The lanes of a source, read in order. */
export function lanesOf(source: Operand): Value[] {
  return source.width === 32 ? [source.readPart(0, 16), source.readPart(16, 16)] : [source.read()];
}

/** Writes the lanes that were computed; a register's others become zero. */
export function writeLanes(b: Builder, destination: Operand, lanes: readonly (Value | undefined)[]): void {
  for (const [index, lane] of lanes.entries()) if (lane) destination.writePart(16 * index, 16, lane);
  if (lanes.length === 1 && lanes[0] && !destination.isMemory) clearUpperLane(b, destination);
}

export function clearUpperLane(b: Builder, destination: Operand): void {
  destination.writePart(16, 16, b.splat(b.constant(0)));
}

/** What the definition takes for its destination: reads give the first source, writes are kept for the end. */
class LaneOfDestination implements Operand {
  readonly width = 16;
  readonly isMmx = false;
  readonly isDirectTarget = false;
  isWritten = false;
  private value: Value | undefined;
  /** Where it is written under conditions. */
  private variable: Variable | undefined;

  constructor(
    private readonly b: Builder,
    private readonly destination: Operand,
    private readonly first: Operand,
    private readonly lane: number,
    private readonly lanes: number,
    private readonly isAligned: boolean,
  ) {}

  get isRegister(): boolean {
    return this.destination.isRegister;
  }

  get isMemory(): boolean {
    return this.destination.isMemory;
  }

  /** Undefined when nothing was. */
  get written(): Value | undefined {
    return this.variable ? this.variable.get() : this.value;
  }

  read(): Value {
    return this.first.readPart(16 * this.lane, 16);
  }

  readUnsigned(): Value {
    return this.read();
  }

  readPart(offset: number, width: Width): Value {
    return this.first.readPart(16 * this.lane + offset, width);
  }

  write(value: Value): void {
    this.isWritten = true;
    if (!this.b.isConditional) {
      this.value = value;
      return;
    }
    this.variable ??= this.b.unsetVariable("v128");
    this.variable.set(value);
  }

  writePart(offset: number, width: Width, value: Value): void {
    const { b } = this;
    const before = this.value ?? this.read();
    const half = offset < 8 ? 0 : 1;
    const shift = 8 * (offset % 8);
    const mask = ((1n << BigInt(8 * width)) - 1n) << BigInt(shift);
    const part = () =>
      b.or(b.and(b.lane(before, half), b.constant(~mask)), b.shiftLeft(b.zeroExtend(value, width), shift));
    this.write(b.replaceLane(before, half, width === 8 ? value : part()));
  }

  requireAlignment(bytes: number): void {
    if (this.isAligned) this.destination.requireAlignment(bytes * this.lanes);
  }
}

/** A lane of a source operand; an immediate, a scalar or a count is what it is. */
class LaneOfSource implements Operand {
  readonly width: Width;
  readonly isDirectTarget = false;
  readonly isWritten = false;
  private readonly offset: number;

  constructor(
    private readonly b: Builder,
    private readonly operand: Operand,
    private readonly lane: number,
    private readonly lanes: number,
    private readonly shape: VexShape,
  ) {
    const isWhole = lanes === 1 || operand.width === 1 || shape.isCountShared === true;
    // A spread source: MOVDDUP's, of 8 bytes.
    this.width = isWhole ? operand.width : shape.isSpread ? 8 : ((operand.width / 2) as Width);
    this.offset = isWhole ? 0 : (shape.isSpread ? 16 : this.width) * lane;
  }

  get isRegister(): boolean {
    return this.operand.isRegister;
  }

  get isMemory(): boolean {
    return this.operand.isMemory;
  }

  get isMmx(): boolean {
    return this.operand.isMmx;
  }

  read(): Value {
    const { operand, lane, shape, b } = this;
    if (operand.width === 1 && lane > 0 && shape.immediateShift) {
      return b.shiftRight(b.and(operand.read(), b.constant(0xff)), shape.immediateShift);
    }
    return this.isWhole ? operand.read() : operand.readPart(this.offset, this.width);
  }

  readUnsigned(): Value {
    return this.isWhole ? this.operand.readUnsigned() : this.operand.readPart(this.offset, this.width);
  }

  readPart(offset: number, width: Width): Value {
    return this.operand.readPart(this.offset + offset, width);
  }

  write(): void {
    throw new Error("the semantics write to a source operand");
  }

  writePart(): void {
    this.write();
  }

  requireAlignment(bytes: number): void {
    if (this.shape.isAligned) this.operand.requireAlignment(bytes * this.lanes);
  }

  private get isWhole(): boolean {
    return this.width === this.operand.width;
  }
}
