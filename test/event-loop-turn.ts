/**
 * Gives the event loop a turn behind every test. Tests of the engine are synchronous: a file of them would otherwise not
 * read what the test runner answers for more than the minute after which it takes the runner for dead.
 */
import { afterEach } from "vitest";

afterEach(() => new Promise<void>((resolve) => setImmediate(resolve)));
