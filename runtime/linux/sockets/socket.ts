import type { ErrorName } from "../errors.js";
import { AnonymousNode, fileTypes, type NodeClock } from "../files/nodes.js";
import { OpenFile, openFlags } from "../files/open-file.js";
import type { SocketAddress, SocketDomain } from "./address.js";
import type { Message, Received } from "./flow.js";
import type { Network } from "./network.js";

/** SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
export type SocketType = "stream" | "datagram" | "packets";

/** Which direction shutdown(2) ends. */
export interface Directions {
  readonly reading: boolean;
  readonly writing: boolean;
}

/** Who has made the other end of a connection (unix(7), SO_PEERCRED): a process's identifier. */
export type Maker = number;

export interface SocketSettings {
  readonly domain: SocketDomain;
  readonly type: SocketType;
  readonly flags: number;
  readonly network: Network;
  readonly clock: NodeClock;
  readonly maker: Maker;
}

/** A socket. As with all open files, what would wait answers EAGAIN. */
export abstract class Socket extends OpenFile {
  readonly description = "a socket";
  readonly domain: SocketDomain;
  readonly type: SocketType;
  readonly maker: Maker;
  /** The address that it was given. */
  local: SocketAddress | undefined;
  /** What a call that tells it has failed for in the meantime (SO_ERROR). */
  error: ErrorName | undefined;
  /** As set with setsockopt(2), by level and number. */
  readonly options = new Map<string, Uint8Array>();
  protected readonly network: Network;
  protected readonly clock: NodeClock;

  constructor({ domain, type, flags, network, clock, maker }: SocketSettings) {
    super(new AnonymousNode(fileTypes.socket, 0o777, clock), flags | openFlags.O_RDWR);
    this.domain = domain;
    this.type = type;
    this.network = network;
    this.clock = clock;
    this.maker = maker;
  }

  abstract get peer(): SocketAddress | undefined;
  /** It takes connections. */
  get isListening(): boolean {
    return false;
  }

  /** Sends all of the bytes or, of a stream, the first ones; returns how many. */
  abstract send(message: Message, to?: Socket): number | ErrorName;
  /** At most `count` bytes. At the end: none, from nobody. */
  abstract receive(count: number, peek: boolean): Received | ErrorName;
  /** Fewer than `count` bytes are there, and more may come. */
  mayBecomeMore(_count: number): boolean {
    return false;
  }

  /** `to` is who has the address, if anybody. EINPROGRESS: it will be connected when the program asks next. */
  abstract connect(address: SocketAddress, to: Socket | undefined): ErrorName | undefined;
  abstract shutdown(directions: Directions): ErrorName | undefined;
  /** What comes to its address can go to it from such a socket. */
  abstract takesAddressed(from: Socket): boolean;

  bind(address: SocketAddress): ErrorName | undefined {
    if (this.local !== undefined) return "EINVAL";
    const bound = this.network.bind(this, address);
    if (typeof bound === "string") return bound;
    this.local = bound;
    return undefined;
  }

  /** SO_REUSEADDR or SO_REUSEPORT is set. */
  get reusesAddress(): boolean {
    return ["1:2", "1:15"].some((option) => this.options.get(option)?.some((byte) => byte !== 0) === true);
  }

  /** Both may have the same address at once. */
  sharesAddressWith(other: Socket): boolean {
    return this.reusesAddress && other.reusesAddress && !other.isListening;
  }

  read(count: number, at?: number): Uint8Array | ErrorName {
    if (at !== undefined) return "ESPIPE";
    const received = this.receive(count, false);
    if (typeof received === "string") return received;
    // read(2) has no place for files.
    for (const file of received.files) {
      if (--file.references === 0) file.close();
    }
    return received.bytes;
  }

  write(bytes: Uint8Array, at?: number): number | ErrorName {
    return at === undefined ? this.send({ bytes: bytes.slice(), files: [] }) : "ESPIPE";
  }

  override get keepsMessages(): boolean {
    return this.type !== "stream";
  }

  /** Tells the error that has happened meanwhile, once. */
  takeError(): ErrorName | undefined {
    const { error } = this;
    this.error = undefined;
    return error;
  }

  override close(): void {
    this.network.release(this);
  }
}
