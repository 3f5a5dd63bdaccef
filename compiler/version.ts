/** Equals the version of package.json (test/package.test.ts). Part of every artifact: the same version gives the same bytes. */
export const version = '0.1.0';
