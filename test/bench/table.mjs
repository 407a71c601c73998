export const whole = (value) => Math.round(value).toLocaleString('en-US');
export const percent = (share) => `${(share * 100).toFixed(1)} %`;
export const mebibytes = (bytes) => whole(bytes / 2 ** 20);

/** A row in place of figures. */
export const failure = ({ name, error }) => [name, `failed: ${error.split('\n')[0]}`];

/** The first column to the left, numbers to the right. A row that is short, such as a failure, widens nothing. */
export function table(header, rows) {
  const full = [header, ...rows.filter((row) => row.length === header.length)];
  const first = Math.max(...[header, ...rows].map(([name]) => name.length));
  const widths = header.map((_, column) => Math.max(...full.map((row) => row[column].length)));
  const line = (row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(first) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [header, ...rows].map(line).join('\n');
}
