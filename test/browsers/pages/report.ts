/** Runs a page's work and reports what it gives, as JSON, to the test that waits for it (site.ts). */
export async function report(work: () => Promise<unknown>): Promise<void> {
  try {
    await send({ value: await work() });
  } catch (error) {
    const { stack } = error instanceof Error ? error : { stack: '' };
    await send({ error: `${String(error)}\n${stack}` });
  }
}

async function send(result: { readonly value: unknown } | { readonly error: string }): Promise<void> {
  await fetch(`/report${location.search}`, { method: 'POST', body: JSON.stringify(result) });
}
