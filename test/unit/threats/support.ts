/** What the tests about hostile input have in common: people, messages, and a watch. */
import { codeOf } from "../salmon/people.ts";

const MEBIBYTE = 1 << 20;

/** As often as it fits into this much, 1 MiB where nothing else is said. */
export function fill(unit: string, bytes = MEBIBYTE): string {
  return unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)));
}

export interface Watched {
  readonly code: string;
  /** Of the processor, on this thread; the best of three, for the machine may be busy. */
  readonly ms: number;
}

/** What takes less than the limit is not tried again. */
export async function watched(run: () => unknown, limit = 50): Promise<Watched> {
  let ms = Infinity;
  let code = "";
  for (let i = 0; i < 3 && ms >= limit; i += 1) {
    const before = process.threadCpuUsage();
    code = await codeOf(run);
    const { user, system } = process.threadCpuUsage(before);
    ms = Math.min(ms, (user + system) / 1000);
  }
  return { code, ms };
}
