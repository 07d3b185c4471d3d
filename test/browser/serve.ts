/** A server on this machine for the few things that the page asks for. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Served {
  readonly type: string;
  readonly content: string;
}

/** Serves what is listed by path, and calls `use` with the address while it does. */
export async function serve<T>(
  list: Readonly<Record<string, Served>>,
  use: (address: string) => Promise<T>,
): Promise<T> {
  const server = createServer(({ url = "" }, response) => {
    const found = list[url];
    response.writeHead(found ? 200 : 404, { "content-type": found?.type ?? "text/plain" });
    response.end(found?.content ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
