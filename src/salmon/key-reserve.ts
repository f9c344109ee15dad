/**
 * A key pair made ahead. RSA-4096 takes from half a second to ten, by luck, and somebody who
 * registers waits for it with an IQ that must be answered within twenty.
 */
import { generateKeyPair, type KeyPairPem } from "./keys.ts";

export interface KeyReserve {
  /** A pair that nobody else gets; the next one is begun. */
  take(): Promise<KeyPairPem>;
}

export function createKeyReserve(
  generate: () => Promise<KeyPairPem> = generateKeyPair,
  /** false: where nobody registers, none is made before it is asked for. */
  ahead = true,
): KeyReserve {
  let next = ahead ? begin() : null;

  function begin(): Promise<KeyPairPem> {
    const pair = generate();
    // A failure shows to whoever takes it, not as an unhandled rejection before.
    pair.catch(() => undefined);
    return pair;
  }

  return {
    take() {
      const pair = next ?? begin();
      next = ahead ? begin() : null;
      return pair;
    },
  };
}
