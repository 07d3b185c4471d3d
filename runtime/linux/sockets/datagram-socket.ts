import type { ErrorName } from "../errors.js";
import type { Readiness } from "../files/open-file.js";
import { anyAddress, type InternetAddress, loopbackAddress, type SocketAddress } from "./address.js";
import { Flow, type Message, type Received } from "./flow.js";
import { type Directions, Socket, type SocketSettings } from "./socket.js";

/** net.unix.max_dgram_qlen */
const longestQueue = 10;
/** In bytes: what fits into a packet of the Internet, and into the buffer of a socket. */
const longest = { internet: 65_507, unix: 212_960 } as const;

/** A socket for datagrams, each of which goes its own way. */
export class DatagramSocket extends Socket {
  private readonly inbox: Flow;
  private outbox: { readonly address: SocketAddress; readonly to: DatagramSocket | undefined } | undefined;
  private isOpen = true;
  private isWriteShut = false;

  constructor(settings: SocketSettings) {
    super(settings);
    this.inbox = new Flow(true, true);
    this.inbox.reader = this;
  }

  /** Two that send to each other (socketpair(2)). */
  static pair(settings: SocketSettings): readonly [DatagramSocket, DatagramSocket] {
    const [one, other] = [new DatagramSocket(settings), new DatagramSocket(settings)];
    const unnamed = { domain: "unix", name: "" } as const;
    one.outbox = { address: unnamed, to: other };
    other.outbox = { address: unnamed, to: one };
    return [one, other];
  }

  override get peer(): SocketAddress | undefined {
    return this.outbox?.address;
  }

  /** Once connected, it takes datagrams from that socket only. */
  takesAddressed(from: Socket): boolean {
    const address = this.outbox?.address;
    if (address?.domain !== "internet") return true;
    return from.local?.domain === "internet" && from.local.port === address.port;
  }

  connect(address: SocketAddress, to: Socket | undefined): ErrorName | undefined {
    if (address.domain === "unix") {
      if (to === undefined) return "ECONNREFUSED";
      if (!(to instanceof DatagramSocket)) return "EPROTOTYPE";
      if (!to.accepts(this)) return "EPERM";
    }
    const error = this.bindIfNeeded(address);
    if (error !== undefined) return error;
    const reached = isAny(address) ? { ...address, address: loopbackAddress } : address;
    this.outbox = { address: reached, to: to instanceof DatagramSocket ? to : undefined };
    return undefined;
  }

  disconnect(): void {
    this.outbox = undefined;
  }

  send(message: Message, to?: Socket): number | ErrorName {
    if (this.error !== undefined) return this.takeError() ?? "ECONNREFUSED";
    const { bytes } = message;
    const { outbox } = this;
    if (to === undefined && outbox === undefined) return this.domain === "unix" ? "ENOTCONN" : "EDESTADDRREQ";
    if (this.isWriteShut) return "EPIPE";
    if (bytes.length > longest[this.domain]) return "EMSGSIZE";
    const target = to ?? this.connectedTo();
    if (!(target instanceof DatagramSocket) || !target.isOpen) {
      if (this.domain === "unix") return "ECONNREFUSED";
      // The answer that nobody is there reaches a socket that is connected.
      if (to === undefined) this.error = "ECONNREFUSED";
      this.readActivity++;
      return bytes.length;
    }
    if (this.domain === "unix") {
      if (!target.accepts(this)) return "EPERM";
      if (!target.hasRoomFor(this) || target.inbox.room < bytes.length) return "EAGAIN";
    } else if (target.inbox.room < bytes.length) {
      return bytes.length; // Lost.
    }
    target.inbox.writer = this;
    target.inbox.put({ ...message, from: this.seenFrom() });
    return bytes.length;
  }

  receive(count: number, peek: boolean): Received | ErrorName {
    if (this.error !== undefined) return this.takeError() ?? "ECONNREFUSED";
    const found = peek ? this.inbox.look(count) : this.inbox.take(count);
    if (found !== undefined) return found;
    return this.inbox.isOver ? { bytes: new Uint8Array(), files: [], size: 0 } : "EAGAIN";
  }

  shutdown({ reading, writing }: Directions): ErrorName | undefined {
    if (this.outbox === undefined) return "ENOTCONN";
    if (reading) this.inbox.end();
    if (writing) this.isWriteShut = true;
    return undefined;
  }

  /** A datagram that names no sender that could be answered needs an address of its own first. */
  bindIfNeeded(address: SocketAddress): ErrorName | undefined {
    if (address.domain === "unix") return undefined;
    if (this.local === undefined) return this.bind({ domain: "internet", address: anyAddress, port: 0 });
    return undefined;
  }

  override readiness(): Readiness {
    const error = this.error !== undefined;
    const target = this.domain === "unix" ? this.outbox?.to : undefined;
    return {
      readable: !this.inbox.isEmpty || this.inbox.isOver || error,
      writable: target === undefined || target.hasRoomFor(this),
      readHangUp: this.inbox.isOver,
      hangUp: this.inbox.isOver && this.isWriteShut,
      error,
    };
  }

  override get available(): number {
    return this.inbox.available;
  }

  override close(): void {
    super.close();
    this.isOpen = false;
    this.inbox.abandon();
  }

  private connectedTo(): Socket | undefined {
    const { outbox } = this;
    return outbox?.address.domain === "internet" ? this.network.find(this, outbox.address) : outbox?.to;
  }

  /** One that is connected to somebody else takes nothing. */
  private accepts(from: DatagramSocket): boolean {
    return this.outbox?.to === undefined || this.outbox.to === from;
  }

  /** Only one that it is connected to can fill it with more than a few datagrams. */
  private hasRoomFor(from: DatagramSocket): boolean {
    return !this.inbox.isFull && (this.outbox?.to === from || this.inbox.count <= longestQueue);
  }

  private seenFrom(): SocketAddress | undefined {
    const { local } = this;
    return isAny(local) ? { ...local, address: loopbackAddress } : local;
  }
}

function isAny(address: SocketAddress | undefined): address is InternetAddress {
  return address?.domain === "internet" && address.address === anyAddress;
}
