/** The debug adapter on Node's streams: standard input and output, or a port. */
import { type AddressInfo, createServer } from "node:net";
import { nodeHostFiles } from "./host-files.node.js";
import { createSession } from "./session.js";

/** Speaks over standard input and output, and ends with the session. */
export function serveStandardStreams(): void {
  const session = createSession({ files: nodeHostFiles() });
  const end = () => {
    session.dispose();
    // Lets what was written go out first.
    process.stdout.write("", () => process.exit(0));
  };
  session.onDisconnected = end;
  process.stdin.on("end", end);
  session.start(process.stdin, process.stdout);
}

/** A session for each connection on a port of this machine; 0 takes a free one. Tells which on standard error. */
export function servePort(port: number): void {
  const server = createServer((socket) => {
    const session = createSession({ files: nodeHostFiles() });
    session.onDisconnected = () => socket.end();
    socket.on("close", () => session.dispose());
    socket.on("error", () => session.dispose());
    session.start(socket, socket);
  });
  server.on("error", (error) => {
    console.error(`The debug adapter cannot listen on port ${port}: ${error.message}`);
    process.exit(1);
  });
  server.listen(port, "127.0.0.1", () => {
    console.error(`The debug adapter listens on 127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
}
