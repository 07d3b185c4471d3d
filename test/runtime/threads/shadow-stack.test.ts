import { expect, test } from "vitest";
import closures from "../../../samples/closures/closures.s";
import counters from "../../../samples/counters/counters.s";
import generators from "../../../samples/generators/generators.s";
import pingPong from "../../../samples/ping-pong/ping-pong.s";
import roundRobin from "../../../samples/round-robin/round-robin.s";
import { Guest } from "./guest.js";
import { ShadowStack } from "./shadow-stack.js";

/** Busy machines are slow; nothing here waits for anything. */
const patience = 180_000;

/** Walks a program to its end; compares before every instruction, or before one in `interval` (a fixed sequence). */
function walk(text: string, interval = 1): ShadowStack {
  const shadow = new ShadowStack(new Guest(text));
  let random = 12345;
  while (!shadow.guest.isOver) {
    random = (random * 1103515245 + 12345) % 2147483648;
    if (Math.floor(random / 65536) % interval === 0) {
      const differences = shadow.differences();
      if (differences.length > 0) expect(differences).toEqual([]);
    }
    shadow.step();
  }
  expect(shadow.guest.fault).toBeUndefined();
  return shadow;
}

test("counters: every thread's stack is right at every instruction", { timeout: patience }, () => {
  const shadow = walk(counters);
  expect(shadow.guest.exitStatus).toBe(0);
  expect(shadow.guest.output.split("\n")).toHaveLength(30);
  expect(shadow.comparedInstructions).toBe(shadow.guest.machine.instructionCount);
  expect(shadow.mostThreads).toBe(3);
  expect(shadow.switches).toBeGreaterThan(40);
  expect(shadow.comparedRegisters).toBeGreaterThan(100_000);
});

test("closures: threads that start in a trampoline", { timeout: patience }, () => {
  expect(walk(closures).switches).toBeGreaterThan(3);
});

test.for([
  { name: "ping-pong", text: pingPong, interval: 1, threads: 3 },
  { name: "generators", text: generators, interval: 1, threads: 2 },
  { name: "round-robin", text: roundRobin, interval: 97, threads: 100 },
])("$name: at instructions picked at random", { timeout: patience }, ({ text, interval, threads }) => {
  const shadow = walk(text, interval);
  expect(shadow.guest.exitStatus).toBe(0);
  expect(shadow.mostThreads).toBeGreaterThanOrEqual(threads);
  expect(shadow.comparedInstructions).toBeGreaterThan(100);
});
