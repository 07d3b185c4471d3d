/**
 * String instructions. rSI and rDI move by the operand size, down when DF is set; a repeated one goes on until rCX is
 * zero (or ZF ends it), and keeps what it has done when an access faults. Intel SDM vol. 1, 7.3.9.
 */
import type { Builder } from "../builder.js";
import { allAlike, define } from "../define.js";
import { directionFlag } from "../flags.js";
import type { IntegerWidth, Value } from "../value.js";

const widths = allAlike([1, 2, 4, 8], 1);

/** The surroundings of one string instruction, read once. */
class StringStep {
  private readonly mask: Value;
  private readonly segmentBase: Value;
  private readonly step: Value;
  readonly width: IntegerWidth;

  constructor(private readonly b: Builder) {
    this.width = b.width === 16 || b.width === 32 ? 8 : b.width;
    this.mask = b.instruction("addressMask");
    this.segmentBase = b.instruction("segmentBase");
    const isDown = b.operation("i32.wrap_i64", b.and(b.state("otherFlags"), b.constant(directionFlag)));
    this.step = b.select(isDown, b.constant(-this.width), b.constant(this.width));
  }

  /** Linear address of the source: DS, or the segment of a prefix. */
  sourceAddress(): Value {
    return this.b.add(this.offset("si"), this.segmentBase);
  }

  /** Linear address of the destination, always in ES. */
  destinationAddress(): Value {
    return this.offset("di");
  }

  advance(...registers: ("si" | "di")[]): void {
    for (const name of registers) {
      const register = this.b.register(name, 8);
      register.write(this.b.and(this.b.add(register.read(), this.step), this.mask));
    }
  }

  /** Does `body` as often as rCX says; `goesOn` may end it after an iteration. */
  repeat(body: () => void, goesOn?: () => Value): void {
    const { b } = this;
    const register = b.register("c", 8);
    const count = b.and(register.read(), this.mask);
    b.if(b.notEqual(count, b.constant(0)), () =>
      b.doWhile(() => {
        body();
        const left = b.and(b.subtract(register.read(), b.constant(1)), this.mask);
        register.write(left);
        const isMore = b.notEqual(left, b.constant(0));
        return goesOn ? b.operation("i32.and", isMore, goesOn()) : isMore;
      }),
    );
  }

  private offset(name: "si" | "di"): Value {
    return this.b.and(this.b.register(name, 8).read(), this.mask);
  }
}

/** What one iteration does. All accesses are made before anything changes. */
const iterations = {
  /** MOVS: [rDI] ← [rSI]. */
  movs: (b: Builder, at: StringStep) => {
    const value = b.loadFrom(at.sourceAddress(), at.width);
    const destination = at.destinationAddress();
    b.checkWrite(destination, at.width);
    b.storeChecked(destination, 0, at.width, value);
    at.advance("si", "di");
  },
  /** STOS: [rDI] ← rAX. */
  stos: (b: Builder, at: StringStep) => {
    const destination = at.destinationAddress();
    b.checkWrite(destination, at.width);
    b.storeChecked(destination, 0, at.width, b.register("a").read());
    at.advance("di");
  },
  /** LODS: rAX ← [rSI]. */
  lods: (b: Builder, at: StringStep) => {
    b.register("a").write(b.loadFrom(at.sourceAddress(), at.width));
    at.advance("si");
  },
  /** CMPS: the flags of [rSI] − [rDI]. */
  cmps: (b: Builder, at: StringStep) => {
    // The second one first: it matters where both cannot be read.
    const destination = b.loadFrom(at.destinationAddress(), at.width);
    const source = b.loadFrom(at.sourceAddress(), at.width);
    b.setFlags(b.subtractWithBorrow(source, destination).flags);
    at.advance("si", "di");
  },
  /** SCAS: the flags of rAX − [rDI]. */
  scas: (b: Builder, at: StringStep) => {
    const destination = b.loadFrom(at.destinationAddress(), at.width);
    b.setFlags(b.subtractWithBorrow(b.register("a").read(), destination).flags);
    at.advance("di");
  },
};

for (const [name, iteration] of Object.entries(iterations)) {
  define(
    name,
    (b, _width) => {
      iteration(b, new StringStep(b));
    },
    { widths },
  );
  if (name === "cmps" || name === "scas") {
    /** Repeated while equal, or while not equal. */
    for (const [prefix, condition] of [
      ["repe", "e"],
      ["repne", "ne"],
    ] as const) {
      define(
        `${prefix} ${name}`,
        (b, _width) => {
          const at = new StringStep(b);
          at.repeat(
            () => iteration(b, at),
            () => b.condition(condition),
          );
        },
        { widths },
      );
    }
  } else {
    define(
      `rep ${name}`,
      (b, _width) => {
        const at = new StringStep(b);
        at.repeat(() => iteration(b, at));
      },
      { widths },
    );
  }
}
