// The debug adapter as a program of its own.   debug-adapter.mjs [--port N]
import { servePort, serveStandardStreams } from "./serve.js";

const [option, port, ...rest] = process.argv.slice(2);
if (option === undefined) {
  serveStandardStreams();
} else if (option === "--port" && /^\d{1,5}$/.test(port ?? "") && rest.length === 0) {
  servePort(Number(port));
} else {
  console.error("usage: debug-adapter.mjs [--port N]");
  process.exitCode = 2;
}
