import { describe, expect, it, vi } from "vitest";
import {
  alignDown,
  formatOffset,
  highestAddress,
  padAddress,
  parseAddress,
} from "../../client/memory-inspector/model/address.js";
import { AnnotationCache, PointerCache } from "../../client/memory-inspector/model/annotations.js";
import { type Cursor, moveCursor } from "../../client/memory-inspector/model/cursor.js";
import { editText, parseEdit } from "../../client/memory-inspector/model/edit.js";
import { History } from "../../client/memory-inspector/model/history.js";
import { decodeBase64, encodeBase64, readWithHoles } from "../../client/memory-inspector/model/memory-client.js";
import { PageCache, pageSize, unreadable } from "../../client/memory-inspector/model/page-cache.js";
import { ScrollWindow } from "../../client/memory-inspector/model/scroll-window.js";
import { describeAddress, placeOf, pointersIn, stackRegions } from "../../client/memory-inspector/model/stack-map.js";

/** Lets what was promised happen. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve));

describe("addresses", () => {
  it.each([
    ["0x401000", 0x401000n],
    [" 0XFF ", 0xffn],
    ["4096", 4096n],
    ["-1", highestAddress],
    ["0xffffffffffffffff", highestAddress],
    ["0x10000000000000000", undefined],
    ["main", undefined],
    ["0x", undefined],
    ["", undefined],
  ])("reads %j", (text, expected) => {
    expect(parseAddress(text)).toBe(expected);
  });

  it("are written with their zeros apart", () => {
    expect(padAddress(0x401000n)).toEqual({ zeros: "0000000000", digits: "401000" });
    expect(padAddress(highestAddress)).toEqual({ zeros: "", digits: "ffffffffffffffff" });
    expect(alignDown(0x1017n, 8)).toBe(0x1010n);
    expect([formatOffset(0x18n), formatOffset(0n), formatOffset(-8n)]).toEqual(["+0x18", "", "−0x8"]);
  });
});

describe("base64", () => {
  it("carries every byte", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
    expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
  });
});

describe("reading with holes", () => {
  /** An adapter with memory at the given ranges, as the protocol describes `readMemory`. */
  const adapter =
    (...ranges: [start: number, bytes: number[]][]) =>
    async ({ address, count }: { address: string; count: number }) => {
      const at = Number(address);
      const byteAt = (place: number) =>
        ranges.flatMap(([start, bytes]) => (place >= start ? [bytes[place - start]] : [])).find((b) => b !== undefined);
      const data: number[] = [];
      for (let i = 0; i < count; i++) {
        const byte = byteAt(at + i);
        if (byte === undefined) break;
        data.push(byte);
      }
      let hole = 0;
      while (data.length + hole < count && byteAt(at + data.length + hole) === undefined) hole++;
      return { address, data: encodeBase64(Uint8Array.from(data)), unreadable: hole };
    };

  it("goes on behind what cannot be read", async () => {
    const ask = adapter([100, [1, 2]], [104, [3]]);
    expect([...(await readWithHoles(ask, 100n, 6))]).toEqual([1, 2, unreadable, unreadable, 3, unreadable]);
    expect([...(await readWithHoles(ask, 98n, 4))]).toEqual([unreadable, unreadable, 1, 2]);
    expect([...(await readWithHoles(ask, 200n, 2))]).toEqual([unreadable, unreadable]);
  });

  it("follows an adapter that skips the hole itself", async () => {
    const ask = async () => ({ address: "0x12", data: encodeBase64(Uint8Array.of(7, 8)), unreadable: 0 });
    expect([...(await readWithHoles(ask, 0x10n, 4))]).toEqual([unreadable, unreadable, 7, 8]);
  });

  it("ends when an adapter says nothing at all", async () => {
    const ask = async ({ address }: { address: string }) => ({ address, data: "", unreadable: 0 });
    expect([...(await readWithHoles(ask, 0n, 2))]).toEqual([unreadable, unreadable]);
  });
});

describe("the page cache", () => {
  function cacheOver(memory: Map<bigint, number>) {
    const asked: bigint[] = [];
    const changed = vi.fn();
    const cache = new PageCache(async (start, count) => {
      asked.push(start);
      return Int16Array.from({ length: count }, (_, i) => memory.get(start + BigInt(i)) ?? 0);
    }, changed);
    return { cache, asked, changed };
  }

  it("reads a page once, when a byte of it is wanted", async () => {
    const { cache, asked, changed } = cacheOver(new Map([[0x5003n, 0x2a]]));
    expect(cache.byteAt(0x5003n)).toBeUndefined();
    expect(cache.byteAt(0x5004n)).toBeUndefined();
    await settle();
    expect(changed).toHaveBeenCalledTimes(1);
    expect(cache.byteAt(0x5003n)).toBe(0x2a);
    expect(asked).toEqual([0x5000n]);
  });

  it("reads words little-endian, across pages too, and none with a hole", async () => {
    const memory = new Map([
      [0x1ffen, 1],
      [0x1fffn, 2],
      [0x2000n, 3],
      [0x2005n, 0xff],
      [0x3010n, unreadable],
    ]);
    const { cache } = cacheOver(memory);
    for (const address of [0x1000n, 0x2000n, 0x3000n]) cache.byteAt(address);
    await settle();
    expect(cache.wordAt(0x1ffen)).toBe(0xff00_0000_0003_0201n);
    expect(cache.wordAt(0x3010n)).toBeUndefined();
    expect(cache.wordAt(0x3008n)).toBe(0n);
  });

  it("marks what changed since the stop before, and only that", async () => {
    const memory = new Map([[0x1000n, 1]]);
    const { cache } = cacheOver(memory);
    cache.byteAt(0x1000n);
    await settle();
    expect(cache.isChanged(0x1000n)).toBe(false);

    memory.set(0x1000n, 2);
    cache.advance();
    expect(cache.byteAt(0x1000n)).toBe(1); // What is shown stays until the answer is there.
    await settle();
    expect([cache.isChanged(0x1000n), cache.isChanged(0x1001n)]).toEqual([true, false]);

    cache.advance();
    await settle();
    expect(cache.isChanged(0x1000n)).toBe(false);
  });

  it("measures an edit against the stop before, not against itself", async () => {
    const memory = new Map([[0x1000n, 1]]);
    const { cache } = cacheOver(memory);
    cache.byteAt(0x1000n);
    await settle();
    cache.advance();
    await settle();
    memory.set(0x1001n, 9);
    cache.reload();
    await settle();
    expect(cache.isChanged(0x1001n)).toBe(true);
    cache.reload();
    await settle();
    expect(cache.isChanged(0x1001n)).toBe(true);
  });

  it("does not call it a change when memory becomes readable", async () => {
    const memory = new Map([[0x1000n, unreadable]]);
    const { cache } = cacheOver(memory);
    cache.byteAt(0x1000n);
    await settle();
    memory.set(0x1000n, 5);
    cache.advance();
    await settle();
    expect([cache.byteAt(0x1000n), cache.isChanged(0x1000n)]).toEqual([5, false]);
  });

  it("throws away answers from before a stop", async () => {
    const answers: ((bytes: Int16Array) => void)[] = [];
    const cache = new PageCache(
      () => new Promise((resolve) => answers.push(resolve)),
      () => {},
    );
    cache.byteAt(0n);
    cache.advance();
    answers[1]?.(new Int16Array(pageSize).fill(2));
    await settle();
    answers[0]?.(new Int16Array(pageSize).fill(1));
    await settle();
    expect(cache.byteAt(0n)).toBe(2);
  });

  it("keeps what it shows when the program runs on and cannot be asked", async () => {
    let fails = false;
    const cache = new PageCache(
      async () => {
        if (fails) throw new Error("The program is running.");
        return new Int16Array(pageSize).fill(7);
      },
      () => {},
    );
    cache.byteAt(0n);
    await settle();
    fails = true;
    cache.advance();
    await settle();
    expect(cache.byteAt(0n)).toBe(7);
  });

  it("reads only the pages used last again", async () => {
    const { cache, asked } = cacheOver(new Map());
    for (let page = 0; page < 40; page++) cache.byteAt(BigInt(page * pageSize));
    await settle();
    cache.byteAt(0n);
    asked.length = 0;
    cache.advance();
    expect(asked).toHaveLength(16);
    expect(asked).toContain(0n);
    expect(asked).not.toContain(BigInt(pageSize));
  });

  it("forgets another program's memory", async () => {
    const { cache } = cacheOver(new Map([[0n, 1]]));
    cache.byteAt(0n);
    await settle();
    cache.clear();
    expect(cache.byteAt(0n)).toBeUndefined();
  });
});

describe("edits", () => {
  it.each([
    ["byte", "41", [0x41]],
    ["byte", "0x0f", [0x0f]],
    ["byte", "007", [7]],
    ["word", "401000", [0x00, 0x10, 0x40, 0, 0, 0, 0, 0]],
    ["word", "0xFFFF_FFFF ffff fffe", [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ] as const)("of a %s: %s", (kind, text, bytes) => {
    expect(parseEdit(kind, text)).toEqual({ ok: true, bytes: Uint8Array.from(bytes) });
  });

  it.each([
    ["byte", "", /Type hexadecimal digits, such as 41/],
    ["byte", "0x", /Type hexadecimal digits/],
    ["byte", "4g", /“g” is no hexadecimal digit/],
    ["byte", "141", /A byte has 2 hexadecimal digits at most/],
    ["word", "-1", /“-” is no hexadecimal digit/],
    ["word", "10000000000000000", /A word has 16 hexadecimal digits at most/],
  ] as const)("refuses in a %s: %j", (kind, text, message) => {
    const result = parseEdit(kind, text);
    expect(result.ok ? "" : result.error).toMatch(message);
  });

  it("start with the value", () => {
    expect(editText("byte", 5n)).toBe("05");
    expect(editText("word", 0x401000n)).toBe("0x401000");
  });
});

describe("the history", () => {
  it("goes back and forth, and forgets the way forward on a new way", () => {
    const history = new History<string>();
    history.leave("a");
    history.leave("b");
    expect(history.back("c")).toBe("b");
    expect(history.back("b")).toBe("a");
    expect(history.back("a")).toBeUndefined();
    expect(history.forward("a")).toBe("b");
    history.leave("b");
    expect([history.canGoBack, history.canGoForward]).toEqual([true, false]);
  });

  it("survives being saved", () => {
    const history = new History<string>();
    history.leave("a");
    history.leave("b");
    history.back("c");
    const restored = new History(structuredClone(history.save()));
    expect(restored.forward("b")).toBe("c");
    expect(restored.back("c")).toBe("b");
  });

  it("is of limited length", () => {
    const history = new History<number>();
    for (let i = 0; i < 200; i++) history.leave(i);
    expect(history.save().back).toHaveLength(50);
    expect(history.back(200)).toBe(199);
  });
});

describe("the scroll window", () => {
  it.each([8, 16] as const)("has an address in its middle, rows of %d bytes", (bytesPerRow) => {
    const window = ScrollWindow.around(0x10203047n, bytesPerRow);
    const row = window.rowOf(0x10203047n);
    expect(row).toBe(window.rows / 2);
    expect(window.addressOf(row)).toBe(alignDown(0x10203047n, bytesPerRow));
    expect(window.isNearEdge(row)).toBe(false);
    expect([window.isNearEdge(3), window.isNearEdge(window.rows - 3)]).toEqual([true, true]);
  });

  it("ends where the address space ends", () => {
    const lowest = ScrollWindow.around(0x30n, 8);
    expect([lowest.first, lowest.rowOf(0x30n), lowest.isNearEdge(0)]).toEqual([0n, 6, false]);
    const highest = ScrollWindow.around(highestAddress, 16);
    expect(highest.rowOf(highestAddress)).toBe(highest.rows - 1);
    expect(highest.isNearEdge(highest.rows - 1)).toBe(false);
    expect([highest.contains(highestAddress), highest.contains(0n)]).toEqual([true, false]);
  });
});

describe("the cursor", () => {
  const shape = { bytesPerRow: 16, pageRows: 10 } as const;
  const byte = (address: bigint): Cursor => ({ kind: "byte", address });
  const word = (address: bigint): Cursor => ({ kind: "word", address });

  it.each([
    ["ArrowRight", byte(0x100n), byte(0x101n)],
    ["ArrowRight", byte(0x10fn), word(0x100n)],
    ["ArrowRight", word(0x100n), word(0x108n)],
    ["ArrowRight", word(0x108n), word(0x108n)],
    ["ArrowLeft", word(0x100n), byte(0x10fn)],
    ["ArrowLeft", byte(0x100n), byte(0x100n)],
    ["ArrowDown", byte(0x105n), byte(0x115n)],
    ["ArrowUp", word(0x108n), word(0xf8n)],
    ["PageDown", byte(0x105n), byte(0x1a5n)],
    ["PageUp", byte(0x25n), byte(0x5n)],
    ["ArrowDown", byte(highestAddress), byte(highestAddress)],
    ["Home", word(0x108n), byte(0x100n)],
    ["End", byte(0x105n), word(0x108n)],
    ["x", byte(0x105n), undefined],
  ])("%s", (key, from, to) => {
    expect(moveCursor(from, key, shape)).toEqual(to);
  });
});

describe("the stack map", () => {
  const regions = stackRegions([
    { id: 1, name: "main", pointer: "0x7ffe000", low: "0x7eff000", high: "0x7fff000" },
    { id: 2, name: "thread 1: one", pointer: "0x100f0", low: "0x10000", high: "0x10100" },
    { id: 3, name: "thread 2: two", pointer: "0x101e8", low: "0x10100", high: "0x10200" },
    { id: 4, name: "wild", pointer: "0x5", low: undefined, high: undefined },
  ]);

  it("knows whose stack an address is on, and whether it is in use", () => {
    expect(placeOf(0x100f0n, regions)).toMatchObject({ region: { threadId: 2 }, part: "used" });
    expect(placeOf(0x100efn, regions)).toMatchObject({ region: { threadId: 2 }, part: "free" });
    expect(placeOf(0x10100n, regions)).toMatchObject({ region: { threadId: 3 }, part: "free" });
    expect(placeOf(0x10200n, regions)).toBeUndefined();
    expect(placeOf(0x5n, regions)).toBeUndefined();
  });

  it("finds the stack pointers of a row", () => {
    expect(pointersIn(0x100f0n, 16, regions).map(({ threadId }) => threadId)).toEqual([2]);
    expect(pointersIn(0x100e0n, 16, regions)).toEqual([]);
    expect(pointersIn(0n, 8, regions).map(({ threadId }) => threadId)).toEqual([4]);
  });

  it("puts an address in words", () => {
    expect(describeAddress(0x100f8n, regions)).toBe("0x100f8 · rsp+0x8 of thread 1: one");
    expect(describeAddress(0x100f0n, regions)).toBe("0x100f0 · rsp of thread 1: one");
    expect(describeAddress(0x10108n, regions)).toBe("0x10108 · rsp−0xe0 of thread 2: two (free)");
    expect(describeAddress(0x401000n, regions)).toBe("0x401000");
  });
});

describe("annotations", () => {
  it("are asked for by page, sorted, and kept until they expire", async () => {
    const ask = vi.fn(async (start: bigint) => [
      { address: `0x${(start + 16n).toString(16)}`, length: 8, kind: "guard", text: "guard" },
      { address: `0x${(start + 8n).toString(16)}`, length: 8, kind: "function", text: "skip" },
    ]);
    const changed = vi.fn();
    const cache = new AnnotationCache(ask, changed);
    expect(cache.in(0x2000n, 16)).toEqual([]);
    await settle();
    expect(changed).toHaveBeenCalledTimes(1);
    expect(cache.in(0x2000n, 32).map(({ text }) => text)).toEqual(["skip", "guard"]);
    expect(cache.in(0x2010n, 8).map(({ text }) => text)).toEqual(["guard"]);
    expect(ask).toHaveBeenCalledTimes(1);
    cache.expire();
    expect(cache.in(0x2010n, 8)).toHaveLength(1); // The old answer until the new one is there.
    await settle();
    expect(ask).toHaveBeenCalledTimes(2);
  });
});

describe("pointers", () => {
  it("are values that point to memory that can be read", async () => {
    const ask = vi.fn(async (page: bigint) => page === 0x401000n);
    const cache = new PointerCache(ask, () => {});
    for (const value of [0x401234n, 0x500000n, 3n, highestAddress]) cache.isPointer(value);
    await settle();
    expect([0x401234n, 0x401fffn, 0x500000n, 3n, highestAddress].map((value) => cache.isPointer(value))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(ask.mock.calls).toEqual([[0x401000n], [0x500000n]]);
  });
});
