import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

if (process.platform !== 'linux') {
  throw new Error('macro benchmarks read /proc, which Linux alone has; run the others with --only micro');
}

const microsPerTick = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time that a process has used, all threads, in microseconds. Steps of one clock tick, 10 ms as a rule. */
export function cpuMicros(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in parentheses and may hold spaces; what follows it starts with the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { user: Number(fields[11]) * microsPerTick, system: Number(fields[12]) * microsPerTick };
}

/** The most memory that a process has held, in bytes. */
export function peakRssBytes(pid) {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kibibytes) * 1024;
}

/**
 * CPU time of all threads that a process has now, in microseconds, exact to less than one. A thread that ends takes its
 * time with it.
 */
export function threadsCpuMicros(pid) {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks)
    .map((task) => Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]) / 1_000)
    .reduce((sum, micros) => sum + micros, 0);
}
