/** Set at build time; see build/version.ts. */
declare const __VERSION__: string;
declare const __COMMIT__: string;
