import { Option } from 'commander';

export const componentFormatOption = (): Option =>
  new Option('--format <format>', 'table for people, json with schemas, markdown for documents')
    .choices(['table', 'json', 'markdown'])
    .default('table');
