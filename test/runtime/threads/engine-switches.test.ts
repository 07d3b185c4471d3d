/**
 * Switches that the engine decides are the same as those that the registry of threads decides: programs run both ways,
 * and all that is told of the threads is compared at random instruction counts.
 */
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import windowsSwitch from "../../../samples/windows-switch/windows-switch.s";
import { Random } from "../engine/random-program.js";
import { Guest } from "./guest.js";
import { switchingPrograms } from "./switching-programs.js";

const nothing: ReadonlySet<never> = new Set();

/** All that can be asked of the threads, but for the stacks. */
function everything(guest: Guest) {
  const { threads, machine } = guest;
  const list = threads.list();
  return {
    count: machine.instructionCount,
    now: machine.registers.snapshot(),
    current: threads.current(),
    list,
    recent: threads.listing.recent(Number.POSITIVE_INFINITY, []).map(({ id }) => id),
    registers: list.map(({ id }) => threads.registersOf(id)),
  };
}

test.for(
  (["interpreter", "tiered", "regions"] as const).flatMap((mode) => [
    ...switchingPrograms.map((program) => ({ ...program, mode, abi: "systemV" as const })),
    { name: "the Windows switch", source: windowsSwitch, mode, abi: "windows" as const },
  ]),
)("$name, $mode: threads are the same whoever decides", { timeout: 120_000 }, ({ source, mode, abi }) => {
  const random = new Random(7);
  const told = new Guest(source, abi, { mode: "interpreter" });
  const quiet = new Guest(source, abi, { mode, events: nothing });
  let compared = 0;
  while (!told.isOver) {
    const count = 1 + random.below(random.pick([3, 100, 3000]));
    told.runFor(count);
    quiet.runFor(count);
    const [expected, found] = [everything(told), everything(quiet)];
    if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
    const { id } = random.pick(expected.list);
    if (!isDeepStrictEqual(quiet.trace(id), told.trace(id))) expect(quiet.trace(id)).toEqual(told.trace(id));
    compared++;
  }
  expect(compared).toBeGreaterThan(2);
  expect(quiet.exitStatus).toBe(told.exitStatus);
  const births = ({ log }: Guest) => log.filter((line) => /^(started|exited)/.test(line));
  expect(births(quiet)).toEqual(births(told));
});

test.for(switchingPrograms.slice(-1))("$name: most switches are decided by the engine", ({ source }) => {
  const told = new Guest(source);
  const quiet = new Guest(source, "systemV", { events: nothing });
  told.runToEnd();
  quiet.runToEnd();
  expect(quiet.stackSwitchStops).toBeLessThan(told.stackSwitchStops / 2);
});
