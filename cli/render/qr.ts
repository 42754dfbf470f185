import QRCode from 'qrcode';

/** Four modules of light around the code; scanners need the quiet zone, two suffice for phones but not for all. */
const QUIET_MODULES = 4;

/** Black on white whatever the theme of the terminal: many scanners refuse an inverted code. */
const PAPER = '\u001b[38;5;16;48;5;231m';
const RESET = '\u001b[0m';

/**
 * A QR code as lines of half blocks, two rows of modules a line. With colour it carries its own black and
 * white; without, it is drawn for a dark terminal (light modules are filled).
 */
export function renderQr(text: string, colour: boolean): string[] {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'L' });
  const dark = (row: number, column: number) =>
    row >= 0 && column >= 0 && row < modules.size && column < modules.size && modules.get(row, column) === 1;
  const lines: string[] = [];
  for (let row = -QUIET_MODULES; row < modules.size + QUIET_MODULES; row += 2) {
    let line = '';
    for (let column = -QUIET_MODULES; column < modules.size + QUIET_MODULES; column += 1) {
      const upper = dark(row, column) === colour;
      const lower = dark(row + 1, column) === colour;
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }
    lines.push(colour ? `${PAPER}${line}${RESET}` : line);
  }
  return lines;
}
