import type { ErrorName } from "../errors.js";
import { anyAddress, type InternetAddress, isLocal, type SocketAddress, type UnixAddress } from "./address.js";
import type { Socket } from "./socket.js";

/** net.ipv4.ip_local_port_range */
const [firstPort, lastPort] = [32768, 60999];
const firstFreePort = 1024;

/** Which sockets have which addresses. Nothing leads out of here: the only machine is this one. */
export class Network {
  /** By kind of socket and port, or by abstract name. */
  private readonly bound = new Map<string, Set<Socket>>();
  private nextPort = firstPort;
  private nextName = 0;

  /** Gives the socket an address (bind(2)); that of a path is for the tree of files to give. */
  bind(socket: Socket, wanted: SocketAddress): SocketAddress | ErrorName {
    if (wanted.domain === "unix") return this.bindName(socket, wanted);
    if (!isLocal(wanted.address)) return "EADDRNOTAVAIL";
    if (wanted.port > 0 && wanted.port < firstFreePort) return "EACCES";
    const address = wanted.port === 0 ? this.withFreePort(socket, wanted) : wanted;
    if (address === undefined || !this.isFree(socket, address)) return "EADDRINUSE";
    this.add(portKey(socket, address.port), socket);
    return address;
  }

  release(socket: Socket): void {
    const { local } = socket;
    if (local === undefined) return;
    const key = local.domain === "unix" ? local.name : portKey(socket, local.port);
    const sockets = this.bound.get(key);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.bound.delete(key);
  }

  /** The socket that such a one reaches at that address: one that listens, or one for datagrams. */
  find(socket: Socket, address: SocketAddress): Socket | undefined {
    if (address.domain === "unix") return [...(this.bound.get(address.name) ?? [])][0];
    const wanted = address.address === anyAddress ? undefined : address.address;
    let found: Socket | undefined;
    for (const candidate of this.bound.get(portKey(socket, address.port)) ?? []) {
      const { local } = candidate;
      if (local?.domain !== "internet" || !candidate.takesAddressed(socket)) continue;
      if (local.address === wanted) return candidate;
      if (local.address === anyAddress || wanted === undefined) found ??= candidate;
    }
    return found;
  }

  private bindName(socket: Socket, { domain, name }: UnixAddress): SocketAddress | ErrorName {
    // Without a name, the system makes one up (unix(7), autobind).
    const made = name === "" ? `\0${(this.nextName++).toString(16).padStart(5, "0")}` : name;
    if (made.startsWith("\0") && this.bound.has(made)) return "EADDRINUSE";
    if (made.startsWith("\0")) this.add(made, socket);
    return { domain, name: made };
  }

  private withFreePort(socket: Socket, { domain, address }: InternetAddress): InternetAddress | undefined {
    for (let tried = firstPort; tried <= lastPort; tried++) {
      const port = this.nextPort;
      this.nextPort = port === lastPort ? firstPort : port + 1;
      if (!this.bound.has(portKey(socket, port))) return { domain, address, port };
    }
    return undefined;
  }

  private isFree(socket: Socket, { address, port }: InternetAddress): boolean {
    for (const other of this.bound.get(portKey(socket, port)) ?? []) {
      const { local } = other;
      if (local?.domain !== "internet") continue;
      const overlap = local.address === address || local.address === anyAddress || address === anyAddress;
      if (overlap && !socket.sharesAddressWith(other)) return false;
    }
    return true;
  }

  private add(key: string, socket: Socket): void {
    const sockets = this.bound.get(key) ?? new Set();
    sockets.add(socket);
    this.bound.set(key, sockets);
  }
}

/** Streams and datagrams have ports of their own. */
function portKey({ type }: Socket, port: number): string {
  return `${type} ${port}`;
}
