import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProgramOutput } from "../../debug-adapter/output.js";

describe("the program's output", () => {
  let sent: string[] = [];
  let output = new ProgramOutput(() => {});

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    output = new ProgramOutput((category, text) => sent.push(`${category}: ${text}`));
  });
  afterEach(() => vi.useRealTimers());

  it("is put together from writes that cut characters in two, on each stream by itself", () => {
    const bytes = new TextEncoder().encode("ü🧵");
    for (const byte of bytes.subarray(0, 4)) output.write("stdout", Uint8Array.of(byte));
    output.write("stderr", bytes.subarray(0, 1));
    for (const byte of bytes.subarray(4)) output.write("stdout", Uint8Array.of(byte));
    output.write("stderr", bytes.subarray(1, 2));
    output.end();
    expect(sent).toEqual(["stdout: ü🧵", "stderr: ü"]);
  });

  it("is sent in one event when it is written byte by byte", () => {
    for (const byte of new TextEncoder().encode("hello")) output.write("stdout", Uint8Array.of(byte));
    expect(sent).toEqual([]);
    vi.runAllTimers();
    expect(sent).toEqual(["stdout: hello"]);
  });

  it("keeps the order of the streams", () => {
    output.write("stdout", new TextEncoder().encode("a"));
    output.write("stderr", new TextEncoder().encode("b"));
    output.note("c");
    output.flush();
    expect(sent).toEqual(["stdout: a", "stderr: b", "console: c\n"]);
  });

  it("shows half a character at the end as a replacement character", () => {
    output.write("stdout", Uint8Array.of(0x61, 0xc3));
    output.end();
    expect(sent).toEqual(["stdout: a\ufffd"]);
  });
});
