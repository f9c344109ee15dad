/** So many at a time, so many more that wait, and for everybody else: come back later. */
import { DxError } from "../errors/error.ts";

export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

export function createGate(atOnce: number, maxWaiting: number): Gate {
  let busy = 0;
  const waiting: (() => void)[] = [];

  function leave(): void {
    const next = waiting.shift();
    // The place is handed on, so nobody who comes just now can slip in between.
    if (next === undefined) busy -= 1;
    else next();
  }

  async function enter(): Promise<void> {
    if (busy < atOnce) {
      busy += 1;
      return;
    }
    if (waiting.length >= maxWaiting) throw new DxError("DX_MEDIA_BUSY");
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
  }

  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
