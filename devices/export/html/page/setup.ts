/** What an exported page carries beside its artifact; the texts are in elements of the page (devices/export/html/export.ts). */
export interface Setup {
  readonly title: string;
  /** A recording that is replayed; null: the artifact's golden windows are. */
  readonly example: Example | null;
  /** Address of the script that keeps the page for offline use, beside the page; null: there is none. */
  readonly serviceWorker: string | null;
}

export interface Example {
  readonly name: string;
  readonly rows: number;
  /** Whether the values of a row are followed by its time. */
  readonly timed: boolean;
  /** Where a part of the recording begins, by row. */
  readonly marks: readonly { readonly row: number; readonly label: string }[];
}

const textOf = (id: string): string => document.getElementById(id)?.textContent ?? '';

export const readSetup = (): Setup => JSON.parse(textOf('setup'));

/** The script of the worker, out of what the loader has unpacked the script of the page from. */
export async function readWorkerScript(): Promise<string> {
  const { worker }: { readonly worker: string } = JSON.parse(new TextDecoder().decode(await readPart('code')));
  return worker;
}

/** The bytes of a data element: base64 of raw deflate. */
export async function readPart(id: 'artifact' | 'code' | 'example'): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Uint8Array.from(atob(textOf(id)), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}
