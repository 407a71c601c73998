const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Milliseconds of a `grpc-timeout` header; `undefined` when it is not one (at most 8 digits and a unit). */
export function parseGrpcTimeout(header: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(header);
  return match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] as string] as number);
}

/** A duration as a `grpc-timeout` header: the finest unit of milliseconds and above that fits, rounded up. */
export function formatGrpcTimeout(ms: number): string {
  for (const unit of ['m', 'S', 'M'] as const) {
    const amount = Math.max(0, Math.ceil(ms / (UNIT_MS[unit] as number)));
    if (amount <= 99_999_999) return `${amount}${unit}`;
  }
  return `${Math.min(99_999_999, Math.ceil(ms / (UNIT_MS['H'] as number)))}H`;
}
