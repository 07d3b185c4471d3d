/** Our machine as an executor of cases. */
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { createMachine, type EngineMachine, type MachineOptions } from "../../../runtime/engine/create-machine.js";
import { type Fault, faultVector } from "../../../runtime/engine/machine.js";
import { assemble, type FuzzCase, type Outcome, worldRegions } from "./fuzz-case.js";
import { inspect } from "./inspect.js";
import { CpuState } from "./state.js";

/** More than any case has that ends. */
const instructionLimit = 200_000;

export class EmulatedRunner {
  private readonly machine: EngineMachine;

  constructor(mode: NonNullable<MachineOptions["mode"]>) {
    this.machine = createMachine({ mode });
    for (const { address, permissions, content } of worldRegions) {
      this.machine.memory.map(guestAddress(address), content.length, permissions);
      this.machine.memory.write(guestAddress(address), content);
    }
  }

  run(test: FuzzCase): Outcome {
    const { memory, registers } = this.machine;
    const start = test.state.word("rip");
    const { bytes: code } = assemble(test);
    memory.write(guestAddress(start), code);
    for (const { address, bytes } of test.patches) memory.write(guestAddress(address), bytes);
    registers.restore(test.state.toSnapshot());
    const stop = this.machine.run(instructionLimit);
    const state = CpuState.fromSnapshot(registers.snapshot());
    if (stop.kind === "fault" && isTrap(stop.fault)) {
      state.setWord("rip", state.word("rip") + this.lengthAt(state.word("rip")));
    }
    const changes = this.restoreMemory();
    if (stop.kind === "limit") return { vector: "endless", state, changes };
    if (stop.kind !== "fault") throw new Error(`a case stopped by ${stop.kind}`);
    const vector = faultVector(stop.fault);
    return { vector, ...pageFaultOf(stop.fault), state, changes };
  }

  private lengthAt(address: bigint): bigint {
    return BigInt(inspect(this.machine.memory.read(guestAddress(address), 15))?.length ?? 0);
  }

  private restoreMemory(): ReadonlyMap<number, bigint> {
    const { memory } = this.machine;
    const changes = new Map<number, bigint>();
    for (const { address, content } of worldRegions) {
      const now = memory.read(guestAddress(address), content.length);
      if (Buffer.compare(now, content) === 0) continue;
      const [before, after] = [wordsOf(content), wordsOf(now)];
      let [low, high] = [content.length, 0];
      for (const [i, value] of after.entries()) {
        if (value === before[i]) continue;
        changes.set(address + 8 * i, value);
        low = Math.min(low, 8 * i);
        high = 8 * i + 8;
      }
      memory.write(guestAddress(address + low), content.subarray(low, high));
    }
    return changes;
  }
}

/** The processor reports these behind the instruction, the machine at it. */
const isTrap = ({ kind }: Fault) => kind === "breakpointTrap";

function wordsOf(bytes: Uint8Array): BigUint64Array {
  return new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
}

function pageFaultOf(fault: Fault): Pick<Outcome, "pageFault"> {
  if (fault.kind !== "pageFault") return {};
  const { address, access, mapped } = fault;
  const bits = (mapped ? 1 : 0) | (access === "write" ? 2 : 0) | (access === "execute" ? 16 : 0);
  return { pageFault: { address, access: bits } };
}
