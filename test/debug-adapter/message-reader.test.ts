import { expect, it } from "vitest";
import { MessageReader } from "../../debug-adapter/message-reader.node.js";

const framed = (text: string) => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

/** What is read of bytes that arrive in pieces, in a buffer that is used again. */
function read(bytes: Buffer, size: number): string[] {
  const found: string[] = [];
  const reader = new MessageReader((text) => found.push(text));
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(buffer, 0, at, at + size);
    reader.take(buffer.subarray(0, length));
    buffer.fill(0xff);
  }
  return found;
}

it("messages are the same, wherever the stream is cut", () => {
  const messages = ['{"seq":1}', '{"text":"größer – 𝔾"}', "[]", `{"long":"${"x".repeat(300)}"}`];
  const bytes = Buffer.from(messages.map(framed).join(""));
  for (let size = 1; size <= bytes.length; size++) expect(read(bytes, size)).toEqual(messages);
});

it("other headers are passed over, and what tells no length is no message", () => {
  const bytes = Buffer.from(
    `Content-Type: json\r\ncontent-length:2\r\n\r\n{}nonsense\r\n\r\n${framed("[1]")}${framed("")}`,
  );
  for (const size of [1, 7, bytes.length]) expect(read(bytes, size)).toEqual(["{}", "[1]"]);
});
