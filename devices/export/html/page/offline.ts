/** Asks the script beside the page to keep it; says whether it will be there without a server. A page from a file always is. */
export async function keepOffline(script: string): Promise<boolean> {
  if (location.protocol === 'file:') return true;
  // Absent where the origin is not secure: http from another machine.
  if (!('serviceWorker' in navigator)) return false;
  try {
    await navigator.serviceWorker.register(script, { scope: './' });
    await navigator.serviceWorker.ready;
    return true;
  } catch {
    // Somebody copied the page without its script: it works all the same while its server does.
    return false;
  }
}
