import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import { guardedLookup } from "../../../src/http/guarded-connect.ts";

const PUBLIC: LookupAddress = { address: "9.9.9.9", family: 4 };
const PUBLIC_6: LookupAddress = { address: "2620:fe::fe", family: 6 };
const PRIVATE: LookupAddress = { address: "127.0.0.1", family: 4 };

type Handed = string | readonly LookupAddress[] | Error;

/** What net.connect is handed for each of these answers of the resolver, one after the other. */
async function handed(
  answers: readonly (readonly LookupAddress[])[],
  allowPrivateAddresses = false,
  all = true,
): Promise<Handed[]> {
  const left = [...answers];
  const lookup = guardedLookup({
    allowPrivateAddresses,
    privateHosts: new Set(),
    resolve: () => Promise.resolve(left.shift() ?? []),
  });
  const results: Handed[] = [];
  for (let n = 0; n < answers.length; n += 1) {
    results.push(
      await new Promise<Handed>((resolve) => {
        lookup("rebind.example", { all }, (error, address) => {
          resolve(error ?? address);
        });
      }),
    );
  }
  return results;
}

function isForbidden(result: Handed | undefined): boolean {
  return isDxError(result, "DX_ADDRESS_FORBIDDEN");
}

test("DNS rebinding: every connection is judged by the answer that it dials", async () => {
  const [first, second] = await handed([[PUBLIC], [PRIVATE]]);
  assert.deepEqual(first, [PUBLIC]);
  assert.ok(isForbidden(second));
});

test("of several addresses only the public ones are handed to the dialler", async () => {
  assert.deepEqual(await handed([[PRIVATE, PUBLIC, PUBLIC_6]]), [[PUBLIC, PUBLIC_6]]);
  assert.deepEqual(await handed([[PRIVATE, PUBLIC]], false, false), ["9.9.9.9"]);
});

test("a name without any public address is refused, one without addresses too", async () => {
  const [first, second] = await handed([[PRIVATE, { address: "::1", family: 6 }], []]);
  assert.ok(isForbidden(first));
  assert.ok(isForbidden(second));
});

test("development may dial private addresses", async () => {
  assert.deepEqual(await handed([[PRIVATE]], true), [[PRIVATE]]);
});
