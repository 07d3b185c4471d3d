/** CLC, STC, CMC, CLD, STD, LAHF, SAHF. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import { directionFlag } from "../flags.js";

const carry = 1;
/** SF, ZF, AF, PF and CF: what LAHF and SAHF move. */
const lowFlags = 0xd5;

function changeCarry(b: Builder, change: "set" | "clear" | "complement"): void {
  const flags = b.statusFlags();
  const mask = b.constant(carry);
  switch (change) {
    case "set":
      b.setFlags({ kind: "explicit", bits: b.or(flags, mask) });
      return;
    case "clear":
      b.setFlags({ kind: "explicit", bits: b.and(flags, b.constant(~carry)) });
      return;
    case "complement":
      b.setFlags({ kind: "explicit", bits: b.xor(flags, mask) });
      return;
  }
}
define("clc", (b) => changeCarry(b, "clear"));
define("stc", (b) => changeCarry(b, "set"));
define("cmc", (b) => changeCarry(b, "complement"));

define("cld", (b) => b.setState("otherFlags", b.and(b.state("otherFlags"), b.constant(~directionFlag))));
define("std", (b) => b.setState("otherFlags", b.or(b.state("otherFlags"), b.constant(directionFlag))));

/** LAHF: AH ← the low byte of RFLAGS, whose bit 1 is always set. */
define("lahf", (b) => {
  const flags = b.or(b.and(b.statusFlags(), b.constant(lowFlags)), b.constant(2));
  b.register("a", 8).writePart(1, 1, flags);
});

/** SAHF: SF, ZF, AF, PF, CF ← AH. OF stays. */
define("sahf", (b) => {
  const low = b.and(b.register("a", 8).readPart(1, 1), b.constant(lowFlags));
  b.setFlags({ kind: "explicit", bits: b.or(b.and(b.statusFlags(), b.constant(~lowFlags)), low) });
});
