/** Takes a stream of bytes apart into messages: a header with their length, an empty line, JSON ("Base protocol" of DAP). */

const headerEnd = "\r\n\r\n";

export class MessageReader {
  #bytes: Buffer = Buffer.alloc(0);
  /** Of the message whose header has been read. */
  #length: number | undefined;

  /** `receive` is called with the text of each message. */
  constructor(private readonly receive: (text: string) => void) {}

  /** What comes next. The bytes may be changed once this returns. */
  take(bytes: Buffer): void {
    // Most often, a piece is one message.
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    while (this.#readHeader() && this.#length !== undefined && this.#bytes.length >= this.#length) {
      const text = this.#bytes.toString("utf8", 0, this.#length);
      this.#bytes = this.#bytes.subarray(this.#length);
      this.#length = undefined;
      if (text !== "") this.receive(text);
    }
    this.#bytes = this.#bytes.length === 0 ? Buffer.alloc(0) : Buffer.from(this.#bytes);
  }

  /** False while the end of a header is not there. One that tells no length is passed over. */
  #readHeader(): boolean {
    while (this.#length === undefined) {
      const end = this.#bytes.indexOf(headerEnd);
      if (end < 0) return false;
      const length = /(?:^|\r\n)Content-Length: *(\d+) *(?:\r\n|$)/i.exec(this.#bytes.toString("latin1", 0, end))?.[1];
      this.#bytes = this.#bytes.subarray(end + headerEnd.length);
      if (length !== undefined) this.#length = Number(length);
    }
    return true;
  }
}
