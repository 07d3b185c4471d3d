import { fileTypes, Node, type NodeClock } from "../files/nodes.js";
import type { Socket } from "./socket.js";

/** The name of a socket in the tree of files. It stays when the socket has gone. */
export class SocketNode extends Node {
  readonly type = fileTypes.socket;

  constructor(
    readonly socket: Socket,
    permissions: number,
    clock: NodeClock,
  ) {
    super(permissions, clock);
  }
}
