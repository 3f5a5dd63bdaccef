const bringsFile = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true;

/** Files may be dropped anywhere on the page. */
export function acceptDrops(open: (file: File) => void): void {
  // Elements within elements: each is entered before the one around it is left.
  let depth = 0;
  const mark = (now: number): void => {
    depth = now;
    document.documentElement.classList.toggle('dropping', depth > 0);
  };
  addEventListener('dragenter', (event) => bringsFile(event) && mark(depth + 1));
  addEventListener('dragleave', (event) => bringsFile(event) && mark(depth - 1));
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
