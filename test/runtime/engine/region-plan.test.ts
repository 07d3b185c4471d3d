/** What is compiled together: code belongs to one region, wherever that is entered, and is compiled few times. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readExecutable } from "../../../runtime/debuggee.js";
import { createMachine } from "../../../runtime/engine/create-machine.js";
import type { ControlFlow } from "../../../runtime/engine/regions/control-flow.js";
import { type Held, planAnew, planRegions, type RegionIndex } from "../../../runtime/engine/regions/region-plan.js";
import { LinuxProcess } from "../../../runtime/linux/linux-process.js";
import { executableOf, programs } from "../../bench/programs.js";

/** A program of instructions of one byte; each leads to the next, and some to another place, too. */
function program(length: number, jumps: ReadonlyMap<number, number>) {
  const hopeless: number[] = [];
  const discover = (entries: readonly number[], ends: (address: number) => boolean): ControlFlow | undefined => {
    const held = new Set<number>();
    const follow = (address: number): void => {
      if (address >= length || held.has(address) || (ends(address) && !entries.includes(address))) return;
      held.add(address);
      follow(address + 1);
      const target = jumps.get(address);
      if (target !== undefined) follow(target);
    };
    for (const entry of entries) follow(entry);
    if (held.size === 0) return undefined;
    // Only addresses are asked for.
    const blocks = new Map([...held].map((address) => [address, { instructions: [{ address }] }]));
    return { blocks, entries: entries.map((address) => ({ address })), isFull: false } as unknown as ControlFlow;
  };
  return { discover, hopeless };
}

const region = (entries: number[], first: number, behind: number, more: Partial<Held> = {}): Held => ({
  entries: new Map(entries.map((address) => [address, undefined])),
  ranges: Array.from({ length: behind - first }, (_, i) => [first + i, first + i + 1] as const),
  isSettled: false,
  isLarge: false,
  ...more,
});

const index = (regions: readonly Held[]): RegionIndex<Held> => ({
  near: () => regions,
  enteredAt: (address) => regions.find(({ entries }) => entries.has(address)),
});

const summary = ({ flow, replaced }: { flow: ControlFlow; replaced: ReadonlySet<Held> }) => ({
  entries: flow.entries.map(({ address }) => address),
  size: flow.blocks.size,
  replaced: replaced.size,
});

describe("the plan for regions", () => {
  const loop = new Map([[19, 5]]);

  it("makes one region of addresses that lead to each other", () => {
    const { discover } = program(20, loop);
    const plans = planRegions([7, 0, 12], index([]), discover, () => {});
    expect(plans.map(summary)).toEqual([{ entries: [0, 7, 12], size: 20, replaced: 0 }]);
  });

  it("lets a region grow that holds the address, and replaces those that it holds whole", () => {
    const { discover } = program(20, loop);
    const existing = [region([5], 5, 20), region([9], 9, 12)];
    const plans = planRegions([0, 8], index(existing), discover, () => {});
    expect(plans.map(({ replaced }) => [...replaced])).toEqual([expect.arrayContaining(existing)]);
    expect(new Set(plans[0] && summary(plans[0]).entries)).toEqual(new Set([0, 5, 8, 9]));
  });

  it("leaves regions alone that have been compiled often, unless another holds them whole", () => {
    const { discover } = program(20, new Map());
    const settled = region([0], 0, 20, { isSettled: true });
    expect(planRegions([8], index([settled]), discover, () => {}).map(summary)).toEqual([
      { entries: [8], size: 12, replaced: 0 },
    ]);
  });

  it("ends where a large region begins", () => {
    const { discover } = program(20, loop);
    const large = region([5], 5, 20, { isLarge: true });
    const plans = planRegions([0], index([large]), discover, () => {});
    expect(plans.map(summary)).toEqual([{ entries: [0], size: 5, replaced: 0 }]);
  });

  it("compiles a region anew with all of its entries", () => {
    const { discover } = program(20, loop);
    const existing = [region([5, 9], 5, 20), region([15], 15, 20)];
    const [old] = existing;
    const plans = old ? planAnew(old, index(existing), discover) : [];
    expect(plans.map(summary)).toEqual([{ entries: [5, 9, 15], size: 15, replaced: 2 }]);
  });

  it("does not replace the same region twice", () => {
    // Two loops that do not lead to each other, and a function that both call.
    const { discover } = program(
      20,
      new Map([
        [3, 10],
        [7, 10],
      ]),
    );
    const inParts = (entries: readonly number[], ends: (address: number) => boolean) =>
      discover(entries, (address) => ends(address) || address === 4 || address === 8);
    const existing = [region([10], 10, 20)];
    const plans = planRegions([0, 4], index(existing), inParts, () => {});
    expect(plans.map(({ replaced }) => replaced.size)).toEqual([1, 0]);
  });

  it("tells of addresses where there is nothing", () => {
    const { discover, hopeless } = program(20, loop);
    expect(planRegions([40], index([]), discover, (address) => hopeless.push(address))).toEqual([]);
    expect(hopeless).toEqual([40]);
  });
});

/** Of the program below. */
const hotInstructions = 500;

it("compiles the instructions of a real program a few times each, not once for every loop that they are in", () => {
  const mix = programs.find(({ name }) => name === "mix");
  const image = mix && readExecutable(readFileSync(executableOf(mix)));
  if (!image?.ok) throw new Error("the program is not there");
  const machine = createMachine();
  const process = LinuxProcess.start(machine, image.value, {
    arguments: ["program", "200"],
    environment: {},
    output() {},
    note() {},
    describeAddress: String,
  });
  if (!process.ok) throw new Error(process.error);
  while (machine.run(1_000_000).kind === "limit");
  expect(machine.regions?.statistics.regions).toBeGreaterThan(0);
  expect(machine.regions?.statistics.instructions).toBeLessThan(6 * hotInstructions);
});
