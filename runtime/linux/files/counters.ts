/** Open files that count: events, and how often a timer has gone off. */
import type { ErrorName } from "../errors.js";
import { AnonymousNode, type NodeClock } from "./nodes.js";
import { OpenFile, openFlags, type Readiness } from "./open-file.js";

const largestCounter = (1n << 64n) - 1n;

/** eventfd(2): a counter to add to and to take from. */
export class EventCounter extends OpenFile {
  readonly description = "an eventfd";

  constructor(
    private count: bigint,
    private readonly isSemaphore: boolean,
    flags: number,
    clock: NodeClock,
  ) {
    super(new AnonymousNode(0, 0o600, clock), flags | openFlags.O_RDWR);
  }

  read(count: number): Uint8Array | ErrorName {
    if (count < 8) return "EINVAL";
    if (this.count === 0n) return "EAGAIN";
    const taken = this.isSemaphore ? 1n : this.count;
    this.count -= taken;
    this.writeActivity++;
    return counterBytes(taken);
  }

  write(bytes: Uint8Array): number | ErrorName {
    if (bytes.length < 8) return "EINVAL";
    const added = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    if (added === largestCounter) return "EINVAL";
    if (this.count + added >= largestCounter) return "EAGAIN";
    this.count += added;
    this.readActivity++;
    return 8;
  }

  override readiness(): Readiness {
    return { readable: this.count > 0n, writable: this.count < largestCounter - 1n };
  }
}

/** timerfd_create(2): tells how often its timer has gone off. */
export class TimerFile extends OpenFile {
  readonly description = "a timerfd";
  private expirations = 0n;

  constructor(flags: number, clock: NodeClock) {
    super(new AnonymousNode(0, 0o600, clock), flags | openFlags.O_RDWR);
  }

  expire(count: bigint): void {
    this.expirations += count;
    this.readActivity++;
  }

  reset(): void {
    this.expirations = 0n;
  }

  read(count: number): Uint8Array | ErrorName {
    if (count < 8) return "EINVAL";
    if (this.expirations === 0n) return "EAGAIN";
    const bytes = counterBytes(this.expirations);
    this.expirations = 0n;
    return bytes;
  }

  write(): ErrorName {
    return "EINVAL";
  }

  override readiness(): Readiness {
    return { readable: this.expirations > 0n, writable: false };
  }
}

function counterBytes(count: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, count, true);
  return bytes;
}
