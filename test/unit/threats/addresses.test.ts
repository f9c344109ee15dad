/**
 * Server-side request forgery: the ranges of threats.md at both of their ends. Names, ports,
 * spellings of an address, redirects and rebinding are in test/unit/http; each URL that
 * discovery takes from somebody else is in test/unit/federation/discover.test.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPublicAddress } from "../../../src/http/address-guard.ts";

const IPV4_RANGES = (
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 " +
  "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 " +
  "224.0.0.0/4 240.0.0.0/4"
).split(" ");

const dotted = (value: number): string =>
  [24, 16, 8, 0].map((shift) => String((value >>> shift) & 255)).join(".");

for (const range of IPV4_RANGES) {
  test(`nothing of ${range} is dialled, from the first address to the last`, () => {
    const [base = "", bits = ""] = range.split("/");
    const first = base.split(".").reduce((value, byte) => value * 256 + Number(byte), 0);
    const size = 2 ** (32 - Number(bits));
    for (const value of [first, first + 1, first + size / 2, first + size - 1]) {
      const address = dotted(value);
      assert.equal(isPublicAddress(address), false, address);
      // One form for each address: whatever IPv6 wraps around it is no way in.
      const hex = value
        .toString(16)
        .padStart(8, "0")
        .replace(/(.{4})/, "$1:");
      for (const wrapped of [
        `::ffff:${address}`,
        `::ffff:${hex}`,
        `::${hex}`,
        `64:ff9b::${hex}`,
        `2002:${hex}::1`,
      ]) {
        assert.equal(isPublicAddress(wrapped), false, wrapped);
      }
    }
  });
}

const IPV6_ENDS = (
  "fc00:: fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80:: febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff " +
  "fec0:: feff:: ff00:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:: 2001:0:ffff::1 " +
  "2002:: 2002:ffff:ffff::1 64:ff9b:: 64:ff9b::ffff:ffff 1fff:: 4000::"
).split(" ");

test("nothing of the special ranges of IPv6 is dialled", () => {
  for (const address of IPV6_ENDS) assert.equal(isPublicAddress(address), false, address);
});

const NEIGHBOURS = (
  "1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 " +
  "169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 " +
  "198.17.255.255 198.20.0.0 223.255.255.255 2003:: 2a00::1"
).split(" ");

test("their neighbours are as public as before", () => {
  for (const address of NEIGHBOURS) assert.equal(isPublicAddress(address), true, address);
});
