import type { ReadStream, WriteStream } from 'node:tty';
import type { Feed } from '../feed.ts';
import { Viewer } from '../viewer.ts';
import { frame } from './frame.ts';

// ECMA-48 and xterm: another screen than that of the shell, no cursor, no wrapping of lines.
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const endOfLine = '\u001b[K';
const endOfScreen = '\u001b[J';
/** Nothing between these is shown before all is there; a terminal that does not know them passes over them. */
const [hold, show] = ['\u001b[?2026h', '\u001b[?2026l'];

/** q, Q, Ctrl-C, Ctrl-D: in raw mode a terminal makes no signals of them. */
const leaveKeys = [0x71, 0x51, 3, 4];

const redrawMs = 250;

/** More rows than any terminal has. */
const mostRows = 500;

export interface TerminalOptions {
  readonly filter: string;
  readonly colour: boolean;
}

/** What a terminal gives; columns and rows change with its window. */
export interface Terminal {
  readonly input: Pick<ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>;
  readonly output: Pick<WriteStream, 'columns' | 'rows' | 'write' | 'on' | 'off'>;
}

/** Draws the board in place until somebody presses q or Ctrl-C, or `stop` is aborted. */
export async function watchInTerminal(
  feed: Feed,
  { filter, colour }: TerminalOptions,
  { input, output }: Terminal,
  stop: AbortSignal,
): Promise<void> {
  const viewer = new Viewer(feed.board, { filter, show: 'all', limit: mostRows });
  let before = '';
  const draw = (): void => {
    const size = { columns: output.columns, lines: output.rows };
    const lines = frame({ board: feed.board, viewer, link: feed.link, ...size, colour, nowMs: Date.now() });
    const picture = lines.map((line) => `${line}${endOfLine}`).join('\r\n');
    if (picture === before) return;
    before = picture;
    output.write(`${hold}${home}${picture}${endOfScreen}${show}`);
  };
  output.write(enter);
  output.on('resize', draw);
  const timer = setInterval(draw, redrawMs);
  draw();
  await untilKey(input, stop);
  clearInterval(timer);
  output.off('resize', draw);
  output.write(leave);
}

/** Settles at q, Q, Ctrl-C, Ctrl-D, or when `stop` is aborted. */
function untilKey(input: Terminal['input'], stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const onKey = (keys: Buffer): void => {
      if (leaveKeys.some((key) => keys.includes(key))) end();
    };
    const end = (): void => {
      input.off('data', onKey);
      if (input.isTTY) input.setRawMode(false);
      input.pause();
      resolve();
    };
    if (input.isTTY) input.setRawMode(true);
    input.on('data', onKey);
    input.resume();
    if (stop.aborted) end();
    else stop.addEventListener('abort', end, { once: true });
  });
}
