import * as files from "./files.js";
import * as memory from "./memory.js";
import { systemCallName } from "./names.js";
import * as process from "./process.js";
import * as signals from "./signals.js";
import type { SystemCall } from "./system-call.js";
import * as time from "./time.js";

/** The system calls that programs can make, by number (x86-64 Linux, asm/unistd_64.h). */
const handlers: readonly (readonly [number, SystemCall["handle"]])[] = [
  [0, files.read],
  [1, files.write],
  [3, files.close],
  [8, files.lseek],
  [9, memory.mmap],
  [10, memory.mprotect],
  [11, memory.munmap],
  [12, memory.brk],
  [13, signals.setAction],
  [14, signals.setMask],
  [16, files.ioctl],
  [19, files.readv],
  [20, files.writev],
  [24, process.schedYield],
  [35, time.nanosleep],
  [39, process.getProcessId],
  [60, process.exit],
  [63, process.uname],
  [96, time.getTimeOfDay],
  [102, process.getUserId],
  [104, process.getUserId],
  [107, process.getUserId],
  [108, process.getUserId],
  [110, process.getParentProcessId],
  [158, process.archPrctl],
  [186, process.getProcessId],
  [201, time.time],
  [218, process.getProcessId],
  [228, time.clockGetTime],
  [229, time.clockGetResolution],
  [230, time.clockNanosleep],
  [231, process.exit],
  [318, process.getRandom],
];

export const systemCalls: ReadonlyMap<number, SystemCall> = new Map(
  handlers.map(([number, handle]) => [number, { name: systemCallName(number) ?? String(number), handle }]),
);
