import type { ErrorName } from "../errors.js";
import type { Readiness } from "../files/open-file.js";
import { anyAddress, loopbackAddress, type SocketAddress } from "./address.js";
import { capacity, Flow, type Message, type Received } from "./flow.js";
import { type Directions, Socket, type SocketSettings } from "./socket.js";

interface Connection {
  readonly incoming: Flow;
  readonly outgoing: Flow;
  readonly peer: ConnectedSocket;
  readonly peerAddress: SocketAddress | undefined;
}

/** net.core.somaxconn */
const mostWaiting = 4096;

/** A socket of a stream, or of packets in order: connected to another one, or listening for those that want to be. */
export class ConnectedSocket extends Socket {
  private connection: Connection | undefined;
  private waiting: { backlog: number; readonly queue: ConnectedSocket[] } | undefined;
  /** A connect(2) that did not wait has not been asked about yet. */
  private isConnecting = false;
  /** The other end has gone, and was written to: the next time the program is told. */
  private wasInVain = false;

  private constructor(private readonly settings: SocketSettings) {
    super(settings);
  }

  static make(settings: SocketSettings): ConnectedSocket {
    return new ConnectedSocket(settings);
  }

  /** Two that are connected with each other (socketpair(2)). */
  static pair(settings: SocketSettings): readonly [ConnectedSocket, ConnectedSocket] {
    const [one, other] = [new ConnectedSocket(settings), new ConnectedSocket(settings)];
    one.join(other);
    return [one, other];
  }

  override get peer(): SocketAddress | undefined {
    return this.connection?.peerAddress;
  }

  /** Who made the other end. */
  get peerMaker(): number | undefined {
    return this.connection?.peer.maker;
  }

  get isConnected(): boolean {
    return this.connection !== undefined;
  }

  override get isListening(): boolean {
    return this.waiting !== undefined;
  }

  takesAddressed(): boolean {
    return this.isListening;
  }

  listen(backlog: number): ErrorName | undefined {
    if (this.connection !== undefined) return "EINVAL";
    if (this.local === undefined) {
      if (this.domain === "unix") return "EINVAL";
      const error = this.bind({ domain: "internet", address: anyAddress, port: 0 });
      if (error !== undefined) return error;
    }
    const limit = Math.min(backlog < 0 ? mostWaiting : backlog, mostWaiting);
    if (this.waiting === undefined) this.waiting = { backlog: limit, queue: [] };
    else this.waiting.backlog = limit;
    return undefined;
  }

  connect(address: SocketAddress, to: Socket | undefined): ErrorName | undefined {
    if (this.isConnecting) {
      this.isConnecting = false;
      return this.takeError();
    }
    if (this.waiting !== undefined) return this.domain === "unix" ? "EINVAL" : "EISCONN";
    if (this.connection !== undefined) return "EISCONN";
    if (to !== undefined && to.type !== this.type) return "EPROTOTYPE";
    const target = to instanceof ConnectedSocket ? to : undefined;
    const error = this.join(target, address);
    // The answer of the other end of the Internet takes a moment, even here.
    if (this.domain === "unix" || !this.isNonBlocking || error === "EAGAIN") return error;
    this.isConnecting = true;
    this.error = error;
    return "EINPROGRESS";
  }

  /** Connects with `target`: a listening one gets a new socket for it. */
  private join(target: ConnectedSocket | undefined, address?: SocketAddress): ErrorName | undefined {
    if (target === undefined) return "ECONNREFUSED";
    let other = target;
    if (address !== undefined) {
      const { waiting } = target;
      if (waiting === undefined) return "ECONNREFUSED";
      if (this.domain === "unix" && waiting.queue.length > waiting.backlog) return "EAGAIN";
      if (address.domain === "internet") {
        const error = this.bindOut();
        if (error !== undefined) return error;
      }
      other = new ConnectedSocket({ ...target.settings, flags: 0 });
      other.local = reachedAt(target.local, address);
      for (const [name, value] of target.options) other.options.set(name, value);
    }
    const [there, back] = [this.flow(), this.flow()];
    there.writer = back.reader = this;
    there.reader = back.writer = other;
    this.connection = { incoming: back, outgoing: there, peer: other, peerAddress: other.local };
    other.connection = { incoming: there, outgoing: back, peer: this, peerAddress: this.local };
    this.writeActivity++;
    if (other !== target) {
      target.waiting?.queue.push(other);
      target.readActivity++;
    }
    return undefined;
  }

  /** A socket of the Internet has an address in particular when it is connected. */
  private bindOut(): ErrorName | undefined {
    const { local } = this;
    if (local === undefined) return this.bind({ domain: "internet", address: loopbackAddress, port: 0 });
    if (local.domain === "internet" && local.address === anyAddress)
      this.local = { ...local, address: loopbackAddress };
    return undefined;
  }

  private flow(): Flow {
    return new Flow(this.type === "packets", this.domain === "unix");
  }

  /** The first of those that have connected. */
  accept(): ConnectedSocket | ErrorName {
    if (this.waiting === undefined) return "EINVAL";
    return this.waiting.queue.shift() ?? "EAGAIN";
  }

  send(message: Message): number | ErrorName {
    const { connection } = this;
    if (connection === undefined) {
      if (this.error !== undefined) return this.takeError() ?? "ENOTCONN";
      return this.domain === "unix" ? "ENOTCONN" : "EPIPE";
    }
    const { outgoing } = connection;
    if (this.error !== undefined) return this.takeError() ?? "EPIPE";
    if (outgoing.isOver) return "EPIPE";
    const { bytes } = message;
    if (outgoing.isDeaf) {
      // What goes to one of the Internet that has gone is lost, before anybody knows that it has gone.
      if (this.domain === "unix" || this.wasInVain) return "EPIPE";
      this.wasInVain = true;
      return bytes.length;
    }
    if (this.type === "packets") {
      if (bytes.length > longestPacket) return "EMSGSIZE";
      if (outgoing.room < bytes.length) return "EAGAIN";
      outgoing.put({ ...message, from: this.local });
      return bytes.length;
    }
    if (bytes.length === 0) return 0;
    const count = Math.min(bytes.length, outgoing.room);
    if (count === 0) return "EAGAIN";
    outgoing.put({ ...message, bytes: bytes.subarray(0, count), from: this.local });
    return count;
  }

  receive(count: number, peek: boolean): Received | ErrorName {
    const { connection } = this;
    if (connection === undefined) {
      if (this.error !== undefined) return this.takeError() ?? "ENOTCONN";
      return this.domain === "unix" && this.type === "stream" ? "EINVAL" : "ENOTCONN";
    }
    const { incoming } = connection;
    const found = peek ? incoming.look(count) : incoming.take(count);
    if (found !== undefined) return found;
    if (this.error !== undefined) return this.takeError() ?? "ECONNRESET";
    if (count === 0 && this.type === "stream") return nothing;
    return incoming.isOver ? nothing : "EAGAIN";
  }

  override mayBecomeMore(count: number): boolean {
    const incoming = this.connection?.incoming;
    if (incoming === undefined || incoming.isOver || this.error !== undefined) return false;
    return incoming.available < count && incoming.hasRoom;
  }

  shutdown({ reading, writing }: Directions): ErrorName | undefined {
    if (this.connection === undefined) return "ENOTCONN";
    if (writing) this.connection.outgoing.end();
    if (reading) {
      this.connection.incoming.end();
      // Of the Internet, the other end does not notice.
      if (this.domain === "unix") this.connection.incoming.isDeaf = true;
    }
    return undefined;
  }

  override readiness(): Readiness {
    if (this.waiting !== undefined) return { readable: this.waiting.queue.length > 0, writable: false };
    const error = this.error !== undefined;
    const { connection } = this;
    if (connection === undefined) return { readable: error, writable: true, hangUp: true, readHangUp: error, error };
    const { incoming, outgoing } = connection;
    const isGone = this.domain === "unix" ? outgoing.isDeaf && incoming.isOver : this.wasInVain;
    return {
      readable: !incoming.isEmpty || incoming.isOver || error,
      writable: outgoing.hasRoom || outgoing.isOver || outgoing.isDeaf,
      hangUp: isGone || (incoming.isOver && outgoing.isOver),
      readHangUp: incoming.isOver,
      error,
    };
  }

  override get room(): number {
    const outgoing = this.connection?.outgoing;
    // A write that fails does not wait.
    return outgoing === undefined || outgoing.isOver || outgoing.isDeaf ? capacity : outgoing.room;
  }

  override get available(): number {
    return this.connection?.incoming.available ?? 0;
  }

  override close(): void {
    super.close();
    for (const waiting of this.waiting?.queue ?? []) waiting.abort();
    this.waiting = undefined;
    const { connection } = this;
    if (connection === undefined) return;
    const { incoming, outgoing, peer } = connection;
    // Who is not heard to the end is told so.
    if (incoming.abandon()) peer.error = "ECONNRESET";
    outgoing.end();
  }

  /** Nobody has accepted it. */
  private abort(): void {
    if (this.connection !== undefined) this.connection.peer.error = "ECONNRESET";
    this.close();
  }
}

const nothing: Received = { bytes: new Uint8Array(), files: [], size: 0 };
/** In bytes: what fits into the buffer of a socket, with what the system adds. */
const longestPacket = 212_960;

/** The address at which somebody has reached a socket that listens at any. */
function reachedAt(local: SocketAddress | undefined, address: SocketAddress): SocketAddress | undefined {
  if (local?.domain !== "internet" || address.domain !== "internet") return local;
  return { ...local, address: address.address === anyAddress ? loopbackAddress : address.address };
}
