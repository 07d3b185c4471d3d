/** Most pages of 64 KiB that a machine's memory may have: 4 GiB. All modules declare it. */
export const maximumMemoryPages = 65536;
