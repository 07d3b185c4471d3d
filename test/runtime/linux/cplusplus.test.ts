/** C++: exceptions and types at run time, the standard library, its threads. */
import { compareWithNative } from "./compare-programs.js";

// What an optimiser makes of them differs more than what the modes do: not everything twice.
compareWithNative([["exceptions.cpp", ["g++ static-pie"]]]);
compareWithNative(
  [
    ["exceptions.cpp", ["g++ -O0"]],
    ["concurrency.cpp", ["g++ -O1"]],
  ],
  ["interpreter"],
);
compareWithNative(
  [
    ["exceptions.cpp", ["g++ x86-64-v2"]],
    ["library.cpp", ["g++ -O1"]],
    ["concurrency.cpp", ["g++ static-pie"]],
  ],
  ["tiered"],
);
