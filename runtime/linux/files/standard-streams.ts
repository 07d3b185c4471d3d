/** Standard input, standard output and standard error of a program: what the host handed in, as open files. */
import type { ErrorName } from "../errors.js";
import type { HostInput, HostOutput, HostStream } from "./host-streams.js";
import { fileTypes, Node, type NodeClock } from "./nodes.js";
import { OpenFile, openFlags, type Readiness, seekTarget } from "./open-file.js";

/** A stream of the host as fstat(2) shows it. */
class StreamNode extends Node {
  readonly type: number;
  override readonly device: readonly [number, number];

  constructor(
    private readonly host: HostStream & Partial<HostInput>,
    clock: NodeClock,
  ) {
    const { kind } = host;
    super(kind === "terminal" ? 0o620 : kind === "device" ? 0o666 : 0o600, clock);
    this.type = typesByKind[kind];
    // A pseudoterminal (major 136), or the null device.
    this.device = kind === "terminal" ? [136, 0] : kind === "device" ? [1, 3] : [0, 0];
  }

  override get size(): number {
    return this.host.file?.size ?? 0;
  }
}

const typesByKind = {
  file: fileTypes.file,
  pipe: fileTypes.fifo,
  socket: fileTypes.socket,
  terminal: fileTypes.characterDevice,
  device: fileTypes.characterDevice,
} as const;

/** An open file that is a stream of the host. */
export abstract class StandardStream extends OpenFile {
  constructor(
    readonly host: HostStream,
    flags: number,
    clock: NodeClock,
  ) {
    super(new StreamNode(host, clock), flags);
  }
}

export class InputStream extends StandardStream {
  readonly description = "standard input";
  /** In a file. */
  private position: number;
  private hasSought = false;

  /** `awaited` gets the input whenever the program has asked for bytes that are not there yet. */
  constructor(
    override readonly host: HostInput,
    private readonly awaited: Set<HostStream>,
    clock: NodeClock,
  ) {
    super(host, 0, clock);
    this.position = host.file?.start ?? 0;
  }

  read(count: number, at?: number): Uint8Array | ErrorName {
    const { file } = this.host;
    if (at !== undefined) return file?.readAt(count, at) ?? "ESPIPE";
    // Reading on moves the host's position, too: the program that comes next goes on there.
    const bytes = this.hasSought && file !== undefined ? file.readAt(count, this.position) : this.host.read(count);
    if (bytes === undefined) {
      this.awaited.add(this.host);
      return "EAGAIN";
    }
    if (typeof bytes !== "string") this.position += bytes.length;
    return bytes;
  }

  write(): ErrorName {
    return "EBADF";
  }

  /** Files are, and devices such as /dev/null, which are at their beginning always. */
  override get isSeekable(): boolean {
    return this.host.kind === "file" || this.host.kind === "device";
  }

  override seek(offset: number, whence: number): number | ErrorName {
    const { kind, file } = this.host;
    if (file === undefined) return kind === "device" ? 0 : "ESPIPE";
    const target = seekTarget(offset, whence, this.position, file.size);
    if (typeof target === "string") return target;
    if (target !== this.position) this.hasSought = true;
    this.position = target;
    return target;
  }

  override readiness(): Readiness {
    const { host } = this;
    const found = host.look();
    if (found === "nothing") this.awaited.add(host);
    const isAtEnd = found === "end";
    return {
      readable: found === "bytes" || (isAtEnd && host.kind !== "pipe"),
      writable: false,
      hangUp: isAtEnd && (host.kind === "pipe" || host.kind === "socket"),
    };
  }

  override get available(): number {
    const { file } = this.host;
    return file === undefined ? this.host.available : Math.max(0, file.size - this.position);
  }
}

export class OutputStream extends StandardStream {
  constructor(
    readonly description: string,
    override readonly host: HostOutput,
    clock: NodeClock,
  ) {
    super(host, openFlags.O_WRONLY, clock);
  }

  read(): ErrorName {
    return "EBADF";
  }

  write(bytes: Uint8Array, at?: number): number | ErrorName {
    if (at !== undefined) return "ESPIPE";
    if (bytes.length === 0) return 0;
    return this.host.write(bytes) ?? bytes.length;
  }

  /** Always: when the host cannot take more, the whole program pauses, and does not notice. */
  override readiness(): Readiness {
    return { readable: false, writable: true };
  }
}
