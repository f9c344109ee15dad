/**
 * Stanzas on their way to their handlers. When many are being handled at once the socket
 * is no longer read, so that a slow database costs the sender time and not us memory.
 */
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { XmlElement } from "../xml/element.ts";

export interface Intake {
  take(stanza: XmlElement): void;
  /** A new connection begins unpaused; what is being handled goes on counting. */
  reset(): void;
  readonly paused: boolean;
}

export interface IntakeEffects {
  handle(stanza: XmlElement): void | Promise<void>;
  pause(): void;
  resume(): void;
  readonly log: Log;
}

export function createIntake(
  limits: { readonly inFlight: number },
  effects: IntakeEffects,
): Intake {
  let inFlight = 0;
  let paused = false;

  const run = async (stanza: XmlElement): Promise<void> => {
    try {
      await effects.handle(stanza);
    } catch (error) {
      effects.log.error({ error: describeError(error) }, "a stanza's handler failed");
    } finally {
      inFlight -= 1;
      if (paused && inFlight <= limits.inFlight / 2) {
        paused = false;
        effects.resume();
      }
    }
  };

  return {
    take: (stanza) => {
      inFlight += 1;
      if (!paused && inFlight >= limits.inFlight) {
        paused = true;
        effects.pause();
      }
      void run(stanza);
    },
    reset: () => {
      paused = false;
    },
    get paused() {
      return paused;
    },
  };
}
