/** SHA-1 and SHA-256. A memory operand is aligned. Intel SDM vol. 2. */
import { define } from "../define.js";
import { definePacked } from "./packed.js";
import { immediateByte } from "./sse-shuffle.js";

for (const name of ["sha1msg1", "sha1msg2", "sha1nexte", "sha256msg1", "sha256msg2"] as const) {
  definePacked(name, (b, x, y) => b.vectorHelper(name, x, y, b.bit(0))[1]);
}

define(
  "sha1rnds4",
  (b, dst, src, immediate) => {
    src.requireAlignment(16);
    const source = src.read();
    const group = b.operation("i32.wrap_i64", immediateByte(b, immediate));
    dst.write(b.vectorHelper("sha1rnds4", dst.read(), source, group)[1]);
  },
  { forms: ["rxi"], widths: [[16, 16, 1]] },
);

/** Words, from the lowest up, of C, D, G, H behind a round: those that were G, F, C and B before. */
const moved = [4, 16, 12, 24].flatMap((first) => [first, first + 1, first + 2, first + 3]);

/** SHA256RNDS2: two rounds; C, D, G, H are in the destination, A, B, E, F in the source, the message in XMM0. */
definePacked("sha256rnds2", (b, x, y) => {
  const message = b.getRegister({ kind: "vector", index: 0 }, 0, 8, false);
  const first = b.vectorHelper("sha256round", x, y, b.operation("i32.wrap_i64", message))[1];
  const second = b.operation("i32.wrap_i64", b.shiftRight(message, 32));
  return b.vectorHelper("sha256round", b.shuffle(moved, x, y), first, second)[1];
});
