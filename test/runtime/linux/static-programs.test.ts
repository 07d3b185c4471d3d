import { compareWithNative, compareWithRecorded } from "./compare-programs.js";

compareWithNative(
  [
    ["text.c", ["glibc -O2", "glibc static-pie", "musl -O1"]],
    ["arguments.c", ["glibc -O0", "musl -O3"]],
    ["files.c", ["glibc -O2", "musl -O1"]],
    ["signals.c", ["glibc -O0", "glibc static-pie", "musl -O3"]],
    ["signal-frame.c", ["glibc -O2", "musl -O1"]],
    ["single-step.c", ["glibc -O2", "musl -O1"]],
    ["channels.c", ["glibc -O2", "musl -O1"]],
    ["memory.c", ["glibc static-pie", "musl -O1"]],
    ["float.c", ["glibc -O2", "musl -O1"]],
    ["mmx.c", ["glibc -O2"]],
    ["avx.c", ["glibc -O0"]],
    ["sha.c", ["glibc -O2"]],
    ["threads.c", ["glibc -O2", "musl -O1"]],
    ["processes.c", ["glibc -O2", "musl -O1"]],
    ["sockets.c", ["glibc -O2", "musl -O1"]],
    ["timers.c", ["glibc -O2"]],
    ["shared-memory.c", ["glibc -O2"]],
    ["named-pipes.c", ["musl -O1"]],
    ["fifos.c", ["glibc -O2"]],
  ],
  ["tiered"],
);

compareWithRecorded(["text", "signals", "processes", "sockets", "timers", "shared-memory", "float", "mmx", "sha"]);
