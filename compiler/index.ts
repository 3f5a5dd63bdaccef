export { compile, type CompileResult } from './compile.ts';
export { readWindows, type Windows, type WindowOptions } from './calibrate/samples.ts';
export { InputError } from './error.ts';
export { openSource, readNamed, writeAtomically, type NamedBytes } from './files.ts';
export { inspect, type Inspection } from './inspect.ts';
export { defaults, type CompileOptions } from './options.ts';
export type { OnProgress, Progress } from './progress.ts';
export type { Source } from './read/source.ts';
export { version } from './version.ts';
