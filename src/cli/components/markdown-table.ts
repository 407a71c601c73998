/** A Markdown table. Cells hold inline Markdown; what would end a cell or a row in them is escaped. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `|${cells.map(cell).join('|')}|\n`;
  return `${line(header)}|${' --- |'.repeat(header.length)}\n${rows.map(line).join('')}`;
}

function cell(text: string): string {
  const shown = text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');
  return shown === '' ? ' ' : ` ${shown} `;
}
