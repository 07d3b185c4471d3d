/** The built adapter as a child process, spoken to over its standard streams. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { Client, type Message } from "./client.js";

/** Passes messages over streams, in the protocol's framing. */
export function connectStreams(input: Readable, output: Writable): Client {
  const client = new Client((message) => {
    const json = JSON.stringify(message);
    output.write(`Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
  });
  let buffered = Buffer.alloc(0);
  input.on("data", (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    for (;;) {
      const headerEnd = buffered.indexOf("\r\n\r\n");
      const length = Number(/Content-Length: (\d+)/.exec(buffered.toString("latin1", 0, headerEnd))?.[1]);
      if (headerEnd < 0 || buffered.length < headerEnd + 4 + length) return;
      const json = buffered.toString("utf8", headerEnd + 4, headerEnd + 4 + length);
      buffered = buffered.subarray(headerEnd + 4 + length);
      client.receive(JSON.parse(json) as Message);
    }
  });
  return client;
}

/** Starts a Node program that serves the protocol. */
export function startAdapter(...words: string[]): { client: Client; process: ChildProcessWithoutNullStreams } {
  const child = spawn(process.execPath, words);
  return { client: connectStreams(child.stdout, child.stdin), process: child };
}
