/** When a program waits for its host: for input to come, for output to be taken, for an answer about its files. */
import type { HostOutput, HostStream } from "./files/host-streams.js";

/** A system call cannot be answered before the host has said something about a file. Until then nothing else goes on. */
export interface HostQuestion {
  readonly answer: Promise<void>;
  isAnswered: boolean;
}

export class HostWait {
  /** Inputs that the program has asked for bytes that were not there. */
  readonly inputs = new Set<HostStream>();
  /** All threads wait, and input may end that; or a moment of the counted clock, so many nanoseconds away. */
  private left: bigint | "forever" | undefined;
  private isTimeOver = false;
  private endEarly: (() => void) | undefined;

  constructor(
    private readonly outputs: readonly HostOutput[],
    private readonly system: { readonly hostQuestion: HostQuestion | undefined },
  ) {}

  /** All threads wait. */
  get isOn(): boolean {
    return this.left !== undefined || this.system.hostQuestion !== undefined;
  }

  /** Instructions must not be executed now: all threads wait, or the host does not take what the program writes. */
  get mustPause(): boolean {
    return this.isOn || this.outputs.some(({ isFull }) => isFull);
  }

  begin(nanoseconds: bigint | undefined): void {
    this.left = nanoseconds ?? "forever";
  }

  /** The wait is over. "timeIsOver": the moment has come, and no input. */
  end(): "ready" | "timeIsOver" {
    const { isTimeOver } = this;
    this.left = undefined;
    this.isTimeOver = false;
    return isTimeOver ? "timeIsOver" : "ready";
  }

  /** Resolves when there is news. Who waits for input waits in real time, as the input comes in real time. */
  async over(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.endEarly = resolve;
      const full = this.outputs.filter(({ isFull }) => isFull);
      if (full.length > 0) {
        Promise.all(full.map((output) => output.ready())).then(() => resolve());
        return;
      }
      const { hostQuestion } = this.system;
      if (hostQuestion !== undefined) {
        hostQuestion.answer.then(resolve);
        return;
      }
      for (const input of this.inputs) input.ready().then(resolve);
      if (typeof this.left === "bigint") {
        timer = setTimeout(() => {
          this.isTimeOver = true;
          resolve();
        }, millisecondsOf(this.left));
      }
    });
    clearTimeout(timer);
    this.endEarly = undefined;
  }

  /** Ends `over` before its time: there is something else to do. */
  interrupt(): void {
    this.endEarly?.();
  }
}

/** Rounded up; longer than a timer can be is nearly as good as for ever. */
function millisecondsOf(nanoseconds: bigint): number {
  const longest = 0x7fffffff;
  return Math.min(longest, Math.ceil(Number(nanoseconds) / 1e6));
}
