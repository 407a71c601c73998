import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.js';
import { type Diagnostic, Diagnostics, formatDiagnostic } from '../../src/config/diagnostic.js';
import { formatPath, noSource, type SourceMap } from '../../src/config/location.js';
import { formatDiagnostics } from '../../src/config/report.js';

const diagnostic = (rest: Partial<Diagnostic> = {}): Diagnostic => ({
  severity: 'error',
  code: 'unknown_field',
  message: 'something is wrong',
  path: ['groups', 'g', 'nodes', 'a b', 'list', 0],
  location: { file: 'main.yaml', line: 3, column: 5 },
  ...rest,
});

const lines: SourceMap = { locate: () => undefined, lineText: ({ line }) => `the text of line ${line}` };

describe('a diagnostic', () => {
  it('is shown as place, severity, code and message, with the line and a caret', () => {
    expect(formatDiagnostic(diagnostic(), lines)).toBe(
      [
        'main.yaml:3:5: error[unknown_field] something is wrong',
        '  3 | the text of line 3',
        '    |     ^',
      ].join('\n'),
    );
  });

  it('is shown without the line when there is no text', () => {
    expect(formatDiagnostic(diagnostic({ severity: 'warning' }), noSource)).toBe(
      'main.yaml:3:5: warning[unknown_field] something is wrong',
    );
  });

  it('is shown with its path when it has no place', () => {
    expect(formatDiagnostic(diagnostic({ location: undefined }), lines)).toBe(
      'groups.g.nodes["a b"].list[0]: error[unknown_field] something is wrong',
    );
    expect(formatDiagnostic(diagnostic({ location: undefined, path: [] }), lines)).toBe(
      '<config>: error[unknown_field] something is wrong',
    );
  });
});

describe('diagnostics', () => {
  it('are sorted by place, those without one last', () => {
    const diagnostics = new Diagnostics(noSource);
    const at = (file: string, line: number, column: number) =>
      diagnostic({ location: { file, line, column } });
    for (const one of [
      at('b', 1, 1),
      diagnostic({ location: undefined }),
      at('a', 2, 1),
      at('a', 1, 9),
      at('a', 1, 2),
    ]) {
      diagnostics.add(one);
    }
    expect(
      diagnostics
        .sorted()
        .map(({ location }) => location && `${location.file}${location.line}${location.column}`),
    ).toEqual(['a12', 'a19', 'a21', 'b11', undefined]);
  });

  it('have errors or only warnings', () => {
    const diagnostics = new Diagnostics(noSource);
    diagnostics.warning('no_effect', [], 'careful');
    expect(diagnostics.hasErrors).toBe(false);
    diagnostics.error('unknown_field', [], 'wrong');
    expect(diagnostics.hasErrors).toBe(true);
  });

  it('count the same words about the same place once', () => {
    const diagnostics = new Diagnostics(noSource);
    diagnostics.add(diagnostic({ path: ['a'] }));
    diagnostics.add(diagnostic({ path: ['b'] }));
    diagnostics.add(diagnostic({ path: ['b'], message: 'something else is wrong' }));
    expect(diagnostics.sorted()).toHaveLength(2);
  });

  it('are reported together, and counted', () => {
    const warning = diagnostic({ severity: 'warning' });
    expect(formatDiagnostics([], noSource)).toBe('');
    expect(formatDiagnostics([diagnostic()], noSource).split('\n').at(-1)).toBe(
      '1 error in the configuration',
    );
    expect(formatDiagnostics([warning, warning], noSource).split('\n').at(-1)).toBe(
      '2 warnings in the configuration',
    );
    expect(formatDiagnostics([diagnostic(), diagnostic(), warning], noSource).split('\n').at(-1)).toBe(
      '2 errors, 1 warning in the configuration',
    );
  });

  it('make an error that says all of them', () => {
    const error = new ConfigError([diagnostic(), diagnostic({ severity: 'warning' })], noSource);
    expect(error.message).toBe(
      [
        'main.yaml:3:5: error[unknown_field] something is wrong',
        'main.yaml:3:5: warning[unknown_field] something is wrong',
        '1 error, 1 warning in the configuration',
      ].join('\n'),
    );
    expect(error.diagnostics).toHaveLength(2);
  });
});

describe('a path', () => {
  it('is written with dots, indexes in brackets and other names in quotes', () => {
    expect(formatPath(['a', 'b-c', 0, 'd.e', 'f'])).toBe('a.b-c[0]["d.e"].f');
    expect(formatPath([])).toBe('');
  });
});
