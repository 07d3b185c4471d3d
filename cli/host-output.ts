/**
 * Standard output and standard error of the command as those of the program it runs. The host takes bytes at its own
 * speed: what it has not taken yet is never more than the program's last writes.
 */
import { constants, fstatSync, openSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import type { HostOutput, HostTerminal } from "../runtime/debuggee.js";
import { errorNameOf, isTerminal, isTryAgain, type StreamError, terminal } from "./host-stream.js";

/** An output that can be waited for, so that nothing is lost at the end. */
export interface CommandOutput extends HostOutput {
  /** Resolves when the host has all that was written. */
  finished(): Promise<void>;
}

export function standardOutput(stream: "stdout" | "stderr"): CommandOutput {
  const descriptor = stream === "stdout" ? 1 : 2;
  const status = fstatSync(descriptor);
  if (isTerminal(descriptor, status)) return new DescriptorOutput("terminal", reopened(descriptor) ?? descriptor);
  if (status.isFile()) return new DescriptorOutput("file", descriptor);
  if (status.isCharacterDevice() || status.isBlockDevice()) return new DescriptorOutput("device", descriptor);
  const own = status.isFIFO() ? reopened(descriptor) : undefined;
  if (own !== undefined) return new DescriptorOutput("pipe", own);
  return new StreamedOutput(status.isSocket() ? "socket" : "pipe", process[stream]);
}

/** The same pipe or terminal, opened once more: writing does not wait, and those who share the first do not notice. */
function reopened(descriptor: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}

/** In milliseconds: how long a terminal is left alone that takes nothing now. */
const terminalPause = 5;

/** Writes at once what the host takes at once; the rest when it can. */
class DescriptorOutput implements CommandOutput {
  readonly terminal: HostTerminal | undefined;
  private rest: Promise<void> | undefined;
  private error: StreamError | undefined;
  private socket: Socket | undefined;

  constructor(
    readonly kind: HostOutput["kind"],
    private readonly descriptor: number,
  ) {
    if (kind === "terminal") this.terminal = terminal;
  }

  get isFull(): boolean {
    return this.rest !== undefined;
  }

  write(bytes: Uint8Array): StreamError | undefined {
    if (this.error !== undefined) return this.error;
    if (this.rest !== undefined) {
      this.rest = this.rest.then(() => this.writeLater(bytes));
      return undefined;
    }
    const left = this.writeNow(bytes);
    if (left.length > 0) {
      this.rest = this.writeLater(left).finally(() => {
        this.rest = undefined;
      });
    }
    return this.error;
  }

  async ready(): Promise<void> {
    await this.rest;
  }

  finished(): Promise<void> {
    return this.ready();
  }

  /** What the host does not take now. */
  private writeNow(bytes: Uint8Array): Uint8Array {
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(this.descriptor, bytes, at);
    } catch (error) {
      if (isTryAgain(error)) return bytes.subarray(at);
      this.error = errorNameOf(error);
    }
    return new Uint8Array();
  }

  private async writeLater(bytes: Uint8Array): Promise<void> {
    if (this.kind === "pipe") {
      const socket = await this.openSocket();
      await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
      return;
    }
    for (let left = bytes; left.length > 0 && this.error === undefined; left = this.writeNow(left)) {
      await new Promise((resolve) => setTimeout(resolve, terminalPause));
    }
  }

  /** Node waits on the pipe for us. */
  private async openSocket(): Promise<Socket> {
    if (this.socket === undefined) {
      const { Socket } = await import("node:net");
      this.socket = new Socket({ fd: this.descriptor, readable: false, writable: true });
      this.socket.on("error", (error) => {
        this.error = errorNameOf(error);
      });
    }
    return this.socket;
  }
}

/** In bytes: what Node may hold for a socket. */
const mostHeld = 65536;

/** What Node writes as a stream: a socket, and pipes of other systems than Linux. */
class StreamedOutput implements CommandOutput {
  private error: StreamError | undefined;

  constructor(
    readonly kind: "pipe" | "socket",
    private readonly stream: NodeJS.WriteStream,
  ) {
    stream.on("error", (error) => {
      this.error = errorNameOf(error);
    });
  }

  get isFull(): boolean {
    return this.error === undefined && this.stream.writableLength > mostHeld;
  }

  write(bytes: Uint8Array): StreamError | undefined {
    if (this.error === undefined) this.stream.write(bytes);
    return this.error;
  }

  ready(): Promise<void> {
    return this.finished();
  }

  async finished(): Promise<void> {
    if (this.error !== undefined || this.stream.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      this.stream.write("", () => resolve());
      this.stream.once("error", () => resolve());
    });
  }
}
