const calmEveryMs = 500;

/**
 * Draws the parts of a page that has news, one after another. A part says whether there was anything to draw for it: of those that drew, a
 * frame takes one, so that a slow machine has no long frames. Readers who want little motion get a round twice a second.
 */
export function redrawer(parts: readonly (() => boolean)[]): () => void {
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let isRunning = false;
  let hasNews = false;

  function draw(from: number): void {
    for (let part = from; part < parts.length; part++) {
      let hasDrawn = true;
      try {
        hasDrawn = parts[part]!();
      } finally {
        // Also if it failed: the others go on.
        if (hasDrawn) requestAnimationFrame(() => draw(part + 1));
      }
      if (hasDrawn) return;
    }
    isRunning = false;
    if (hasNews) start();
  }

  function start(): void {
    hasNews = isRunning;
    if (isRunning) return;
    isRunning = true;
    const begin = (): void => {
      hasNews = false;
      draw(0);
    };
    if (calm.matches) setTimeout(() => requestAnimationFrame(begin), calmEveryMs);
    else requestAnimationFrame(begin);
  }

  return start;
}
