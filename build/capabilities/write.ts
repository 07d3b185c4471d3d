// Writes docs/capabilities.md.   npm run capabilities
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capabilitiesPage } from "./page.js";

const root = process.env.GREEN_THREADS_ROOT ?? process.cwd();
const specification = join(root, "test/debug-adapter/specification/debugAdapterProtocol.json");
const { definitions } = JSON.parse(readFileSync(specification, "utf8"));
writeFileSync(join(root, "docs/capabilities.md"), await capabilitiesPage(definitions));
