import { Option } from 'commander';

export const componentFormatOption = (): Option =>
  new Option('--format <format>', 'table for people, json with schemas, markdown for documents')
    .choices(['table', 'json', 'markdown'])
    .default('table');

export const graphFormatOption = (): Option =>
  new Option('--format <format>', 'mermaid for Markdown files, dot for Graphviz, svg for browsers')
    .choices(['mermaid', 'dot', 'svg'])
    .default('mermaid');
