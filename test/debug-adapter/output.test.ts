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

  it("links each line to whoever began it, and lines of the same place together", () => {
    const events: unknown[] = [];
    const linked = new ProgramOutput((_, text, origin) => events.push([text, origin?.line]));
    const write = (text: string, line: number) =>
      linked.write("stdout", new TextEncoder().encode(text), () => ({ source: { path: "/a.c" }, line, column: 1 }));
    write("one: ", 1);
    write("1\n", 2);
    write("two\n", 1);
    write("three\nfour ", 3);
    linked.flush();
    write("and five\nsix\n", 4);
    linked.end();
    expect(events).toEqual([
      ["one: 1\ntwo\n", 1],
      ["three\nfour ", 3],
      ["and five\n", 3],
      ["six\n", 4],
    ]);
  });

  it("asks where lines come from only so often, and again when there was time", () => {
    let asked = 0;
    const linked = new ProgramOutput(() => {});
    const write = () =>
      linked.write("stdout", new TextEncoder().encode("x\n"), () => {
        asked++;
        return undefined;
      });
    for (let count = 0; count < 10_000; count++) write();
    const first = asked;
    expect(first).toBeLessThan(200);
    vi.runAllTimers();
    for (let count = 0; count < 10_000; count++) write();
    expect(asked).toBeGreaterThan(first);
    expect(asked).toBeLessThan(2 * first);
  });

  it("shows half a character at the end as a replacement character", () => {
    output.write("stdout", Uint8Array.of(0x61, 0xc3));
    output.end();
    expect(sent).toEqual(["stdout: a\ufffd"]);
  });
});
