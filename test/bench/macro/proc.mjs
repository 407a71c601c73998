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

/** Threads of the platform; all others run JavaScript. */
const PLATFORM_THREADS = ['DelayedTaskSche', 'V8Worker', 'SignalInspector', 'libuv-worker'];

/**
 * The threads that a process has now, exact to less than a microsecond. A thread that ends takes its time with it.
 *
 * @returns of each the CPU time that it used, and how long it was ready to run and waited for a core
 */
export function threadTimes(pid) {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).map((id) => {
    const [used, waited] = readFileSync(`${tasks}/${id}/schedstat`, 'utf8').split(' ');
    const name = readFileSync(`${tasks}/${id}/comm`, 'utf8').trim();
    return {
      id,
      runsJavaScript: !PLATFORM_THREADS.includes(name),
      cpuMicros: Number(used) / 1_000,
      waitedMicros: Number(waited) / 1_000,
    };
  });
}

/** The sums over all threads that a process has now. */
export function engineTimes(pid) {
  const sum = { cpuMicros: 0, waitedMicros: 0 };
  for (const { cpuMicros: used, waitedMicros } of threadTimes(pid)) {
    sum.cpuMicros += used;
    sum.waitedMicros += waitedMicros;
  }
  return sum;
}

/** What a process holds in memory now, and the most that it has held, in bytes. */
export function rssBytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) * 1024;
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}
