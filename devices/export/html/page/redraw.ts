const calmEveryMs = 500;

/** Calls `draw` once per frame at most, and only when something was announced; twice a second for readers who want little motion. */
export function redrawer(draw: () => void): () => void {
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let asked = false;
  const run = (): void => {
    asked = false;
    draw();
  };
  return () => {
    if (asked) return;
    asked = true;
    if (calm.matches) setTimeout(() => requestAnimationFrame(run), calmEveryMs);
    else requestAnimationFrame(run);
  };
}
