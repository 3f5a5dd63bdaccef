import type { PageCode, Setup } from '../carried.ts';

const textOf = (id: string): string => document.getElementById(id)?.textContent ?? '';

/** The data elements of the page (devices/export/html/export.ts writes them). */
export const readSetup = (): Setup => JSON.parse(textOf('setup'));

/** The script of the worker, out of what the loader has unpacked the script of the page from. */
export async function readWorkerScript(): Promise<string> {
  const { worker }: PageCode = JSON.parse(new TextDecoder().decode(await readPart('code')));
  return worker;
}

/** The bytes of a data element: base64 of raw deflate. */
export async function readPart(id: 'artifact' | 'code' | 'example'): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Uint8Array.from(atob(textOf(id)), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}
