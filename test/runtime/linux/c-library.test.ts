/** The larger C programs: numbers wider than the processor's, control that leaves by other ways, POSIX threads, places. */
import { compareWithNative, compareWithRecorded } from "./compare-programs.js";

compareWithNative([
  ["numbers.c", ["glibc -Os"]],
  ["contexts.c", ["glibc -O0", "musl -O3"]],
  ["pthreads.c", ["glibc -O2"]],
]);
compareWithNative(
  [
    ["numbers.c", ["glibc x86-64-v3"]],
    ["contexts.c", ["glibc static-pie"]],
    ["pthreads.c", ["glibc -O0", "musl -O1"]],
    ["places.c", ["glibc -O2", "musl -O1"]],
  ],
  ["tiered"],
);
compareWithNative([["numbers.c", ["glibc -O0", "glibc sanitized", "musl -O3"]]], ["interpreter"]);

compareWithRecorded(["numbers", "contexts", "pthreads"]);
