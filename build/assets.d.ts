/** Assembly sources are bundled as text (esbuild's `text` loader; the same in the test runner). */
declare module "*.s" {
  const text: string;
  export default text;
}

/** The name space object that `build/iced-plugin.mjs` adds to iced-x86: explicit initialisation. */
declare module "iced-x86/init" {
  /** Compiles and instantiates the decoder's WebAssembly module, once; later calls do nothing. */
  export function initialiseIced(): void;
}
