/** Rust: the standard library, its threads, panics with their messages. */
import { compareWithNative } from "./compare-programs.js";

compareWithNative(
  [
    ["standard.rs", ["rustc -O"]],
    ["network.rs", ["rustc -O"]],
    ["threads.rs", ["rustc -O"]],
    ["collections.rs", ["rustc -O"]],
  ],
  ["tiered"],
);
compareWithNative([["panics.rs", ["rustc -O"]]], ["interpreter"]);
compareWithNative([["panics.rs", ["rustc debug"]]], ["tiered"]);
