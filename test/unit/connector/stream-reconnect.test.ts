import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDxError } from "../../../src/errors/error.ts";
import { FRESH, nextRetry, type RetryState } from "../../../src/connector/stream-backoff.ts";
import { el } from "../../../src/xml/element.ts";
import { bench, chat, DOMAIN, wait } from "./support.ts";

const OPTIONS = { timeout: 10_000 };
const LIMITS = { backoffMinMs: 1_000, backoffMaxMs: 60_000, stableMs: 30_000 };

function delays(count: number, random: number): number[] {
  let state: RetryState = FRESH;
  return Array.from({ length: count }, () => {
    const next = nextRetry(state, { condition: null, lastedMs: 0 }, LIMITS, random);
    assert.ok(next.fatal === null);
    state = next.state;
    return next.delayMs;
  });
}

test("the pause doubles from one second to one minute, half of it by chance", () => {
  const ceilings = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
  assert.deepEqual(delays(8, 1), ceilings);
  assert.deepEqual(
    delays(8, 0),
    ceilings.map((ms) => ms / 2),
  );
});

test("the pause stays in its bounds however often it failed", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 100_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, random) => {
        const state = { failures, refusal: null, refusals: 0 };
        const next = nextRetry(state, { condition: null, lastedMs: 0 }, LIMITS, random);
        return next.fatal === null && next.delayMs >= 500 && next.delayMs <= 60_000;
      },
    ),
  );
});

test("a long session makes the next pause short, a short one does not", () => {
  const tired = { failures: 9, refusal: null, refusals: 0 };
  const pause = (lastedMs: number): number => {
    const next = nextRetry(tired, { condition: null, lastedMs }, LIMITS, 1);
    return next.fatal === null ? next.delayMs : -1;
  };
  assert.equal(pause(29_999), 60_000);
  assert.equal(pause(30_000), 1_000);
});

const REFUSED: readonly (readonly [readonly (string | null)[], string | null])[] = [
  [["not-authorized"], null],
  [["not-authorized", "not-authorized"], "not-authorized"],
  [["not-authorized", null, "not-authorized"], null],
  [["conflict", "conflict"], null],
  [Array.from({ length: 7 }, () => "conflict"), null],
  [Array.from({ length: 8 }, () => "conflict"), "conflict"],
  [["host-unknown", "host-unknown", "conflict"], null],
  [["host-unknown", "host-unknown", "host-unknown"], "host-unknown"],
  [["system-shutdown", "system-shutdown", "system-shutdown", "system-shutdown"], null],
];
for (const [conditions, fatal] of REFUSED) {
  const name = conditions.map((condition) => condition ?? "cut off").join(", ");
  test(`after ${name} it ${fatal === null ? "tries again" : "gives up"}`, () => {
    let state: RetryState = FRESH;
    let last: string | null = null;
    for (const condition of conditions) {
      const next = nextRetry(state, { condition, lastedMs: 0 }, LIMITS, 0.5);
      if (next.fatal === null) state = next.state;
      last = next.fatal;
    }
    assert.equal(last, fatal);
  });
}

test("a wrong secret is fatal, said once and clearly, without the secret", OPTIONS, async (t) => {
  const { server, stream, fatal, lines, until } = await bench(t, { stream: { secret: "wr0ng" } });
  await until(() => fatal.length > 0);
  await wait(80);
  assert.equal(fatal.length, 1);
  assert.equal(server.connections.length, 2);
  assert.equal(stream.online, false);
  assert.ok(isDxError(fatal[0], "DX_COMPONENT_REFUSED"));
  assert.match(
    fatal[0].message,
    /bridge\.example\.org at 127\.0\.0\.1:\d+: the shared secret is wrong/,
  );
  assert.ok(!lines.some((line) => line.includes("wr0ng") || line.includes("s3cret")));
});

test("a conflict while the server restarts passes", OPTIONS, async (t) => {
  const refusals = ["conflict", "host-unknown", "conflict", "conflict"];
  const { stream, fatal, until } = await bench(t, { server: { refusals } });
  await until(() => stream.online);
  assert.deepEqual(fatal, []);
});

test("comes back after each cut, and sends again", OPTIONS, async (t) => {
  const { server, stream, states, until } = await bench(t);
  for (let round = 1; round <= 3; round += 1) {
    (await server.connected()).socket.destroy();
    await until(() => stream.epoch === round + 1 && stream.online);
    await stream.send(chat(String(round)));
    await stream.confirm();
  }
  assert.equal(server.connections.length, 4);
  assert.deepEqual(states, [
    "online",
    "offline",
    "online",
    "offline",
    "online",
    "offline",
    "online",
  ]);
});

test(
  "a server that accepts and says nothing is given up after the handshake's time",
  OPTIONS,
  async (t) => {
    const { stream, lines } = await bench(t, {
      stream: { limits: { handshakeMs: 60, backoffMinMs: 5_000, backoffMaxMs: 5_000 } },
      server: { silent: true },
    });
    assert.equal(stream.online, false);
    assert.ok(lines.some((line) => line.includes("did not finish the handshake")));
  },
);

test(
  "a half-open connection is noticed: a silent server is asked, then left",
  OPTIONS,
  async (t) => {
    const { server, stream, states, lines, until } = await bench(t, {
      server: { answersPings: false },
      stream: { limits: { keepAliveMs: 30, keepAliveTimeoutMs: 40 } },
    });
    await until(() => states.length >= 2);
    assert.ok(lines.some((line) => line.includes("the server does not answer")));
    await until(() => stream.online);
    assert.ok(server.connections.length >= 2);
  },
);

test("a server that speaks is not asked, one that answers is not left", OPTIONS, async (t) => {
  const { server, stream, states } = await bench(t, {
    stream: { limits: { keepAliveMs: 30, keepAliveTimeoutMs: 40 } },
  });
  await wait(200);
  assert.deepEqual(states, ["online"]);
  const asked = server.stanzas.length;
  assert.ok(asked >= 2);
  const connection = await server.connected();
  for (let i = 0; i < 20; i += 1) {
    connection.send(el("message", { from: "a@example.org", to: DOMAIN }));
    await wait(10);
  }
  assert.ok(server.stanzas.length - asked <= 2);
  assert.equal(stream.online, true);
});

test("stopping while it waits to try again ends at once", OPTIONS, async (t) => {
  const { server, stream, until } = await bench(t, {
    stream: { limits: { backoffMinMs: 60_000, backoffMaxMs: 60_000 } },
  });
  (await server.connected()).socket.destroy();
  await until(() => !stream.online);
  const before = performance.now();
  await stream.stop();
  assert.ok(performance.now() - before < 100);
});
