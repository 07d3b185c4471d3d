import { describe, expect, it } from "vitest";
import {
  describeThread,
  formatBytes,
  formatStackUse,
  shortName,
  speakThread,
  threadTooltip,
} from "../../client/threads-view/presentation.js";
import type { GreenThreadInfo } from "../../debug-adapter/protocol.js";

const thread: GreenThreadInfo = {
  id: 3,
  name: "thread 2: counter_two",
  state: "ready",
  slot: 2,
  entryName: "counter_two",
  entryReference: "0x401062",
  stackPointerReference: "0x102fffa0",
  stackLowReference: "0x102f0000",
  stackHighReference: "0x10300000",
  stackUsed: 96,
  stackSize: 65536,
  stackHighWaterMark: 2560,
  runs: 1,
  instructions: 1234567,
};

const bare: GreenThreadInfo = {
  id: 1,
  name: "main",
  state: "running",
  stackPointerReference: "0x7ffefd8",
  runs: 12,
  instructions: 7,
};

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KiB"],
    [2560, "2.5 KiB"],
    [65536, "64 KiB"],
    [2 * 1024 * 1024, "2 MiB"],
    [3 * 2 ** 30, "3 GiB"],
    [2 ** 43, "8192 GiB"],
  ])("%d is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("a thread's row", () => {
  it("is its name, state, entry function and stack", () => {
    expect(shortName(thread)).toBe("thread 2");
    expect(describeThread(thread)).toBe("ready · counter_two · 96 B of 64 KiB");
    expect(speakThread(thread)).toBe("thread 2: counter_two, ready, stack used 96 B of 64 KiB");
  });

  it("leaves out what is not known, and does not repeat the name", () => {
    expect(shortName(bare)).toBe("main");
    expect(describeThread(bare)).toBe("#1 · running");
    expect(speakThread(bare)).toBe("main, running");
    expect(describeThread({ ...bare, entryName: "main" })).toBe("#1 · running");
    expect(formatStackUse({ ...bare, stackUsed: 40 })).toBe("40 B");
  });
});

describe("a thread's tooltip", () => {
  it("is a table of all that is known", () => {
    expect(threadTooltip(thread)).toBe(
      [
        "**thread 2: counter\\_two**",
        "",
        "| | |",
        "|:--|:--|",
        "| State | ready: waits for its turn |",
        "| Slot | 2 |",
        "| Entry | `counter_two` at `0x401062` |",
        "| Stack pointer | `0x102fffa0` |",
        "| Stack used | 96 B of 64 KiB |",
        "| Most used | 2.5 KiB |",
        "| Stack bounds | `0x102f0000` to `0x10300000` |",
        "| Switched to | once |",
        "| Instructions | 1,234,567 |",
      ].join("\n"),
    );
  });

  it("has no row for what is not known", () => {
    const rows = threadTooltip(bare).split("\n").slice(4);
    expect(rows).toEqual([
      "| State | running: owns the processor |",
      "| Stack pointer | `0x7ffefd8` |",
      "| Switched to | 12 times |",
      "| Instructions | 7 |",
    ]);
  });
});
