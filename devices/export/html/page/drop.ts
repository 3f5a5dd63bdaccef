/** Files may be dropped anywhere on the page. */
export function acceptDrops(open: (file: File) => void): void {
  const { documentElement } = document;
  let depth = 0;
  const mark = (change: number): void => {
    depth = change === 0 ? 0 : depth + change;
    documentElement.classList.toggle('dropping', depth > 0);
  };
  const bringsFile = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true;
  addEventListener('dragenter', (event) => bringsFile(event) && mark(1));
  addEventListener('dragleave', (event) => bringsFile(event) && mark(-1));
  // Without this the browser would open the file instead of the page.
  addEventListener('dragover', (event) => bringsFile(event) && event.preventDefault());
  addEventListener('drop', (event) => {
    if (!bringsFile(event)) return;
    event.preventDefault();
    mark(0);
    const [file] = event.dataTransfer?.files ?? [];
    if (file !== undefined) open(file);
  });
}
