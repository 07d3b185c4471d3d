/**
 * Where the interpreter's image comes from: here, and so in tests, it is generated. In bundles this file is replaced by
 * one that has the bytes (`build/engine-plugin.mjs`): generating them takes ten times as long as starting a program.
 */
export { generatedImage as interpreterImage } from "./generated-image.js";
