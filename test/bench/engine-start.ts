/** In a fresh process: how long the engine's code takes to load, and the first machine to be made; in milliseconds. */
const began = performance.now();
const { createMachine } = await import("../../runtime/engine/create-machine.js");
const loaded = performance.now();
createMachine();
console.log(JSON.stringify({ loading: loaded - began, initialising: performance.now() - loaded }));

export {};
