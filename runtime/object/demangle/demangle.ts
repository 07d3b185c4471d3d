import { demangleItanium } from "./itanium.js";
import { demangleRust } from "./rust.js";

/** The name that the source has for a symbol of C++ or Rust; undefined when it is the symbol itself. */
export function demangle(symbol: string): string | undefined {
  // Rust's older scheme looks like C++, with a hash at the end.
  return demangleRust(symbol) ?? demangleItanium(symbol);
}
