import { servePort, serveStandardStreams } from "../debug-adapter/serve.js";
import type { Command } from "./command.js";

export const debugAdapterCommand: Command = {
  name: "dap",
  synopsis: "dap [--port N]",
  summary: "Serve the Debug Adapter Protocol.",
  details: [
    "Serves the Debug Adapter Protocol over standard input and output, for any editor that speaks it.",
    "",
    "  --port N  Listen on port N of 127.0.0.1 instead; each connection is a session. 0 takes a free port. The port is",
    "            told on standard error.",
  ].join("\n"),
  async run(words) {
    if (words.length === 0) {
      serveStandardStreams();
      return undefined;
    }
    const [option, text, ...rest] = words;
    if (option !== "--port") return { usageError: `there is no option "${option}"` };
    const port = /^\d{1,5}$/.test(text ?? "") ? Number(text) : Number.NaN;
    if (!(port <= 65535)) return { usageError: "--port needs a number from 0 to 65535" };
    if (rest.length > 0) return { usageError: `"${rest[0]}" is one word too many` };
    servePort(port);
    return undefined;
  },
};
