/** Whose X-Forwarded-For is believed: addresses and CIDR ranges, as they stand when it is asked. */
import ipaddr from "ipaddr.js";

type Address = ReturnType<typeof ipaddr.process>;
type Range = readonly [Address, number];

export function trusts(ranges: () => readonly string[]): (address: string) => boolean {
  const last: { ranges: readonly string[]; parsed: readonly Range[] } = { ranges: [], parsed: [] };
  return (address) => {
    const now = ranges();
    if (now !== last.ranges) {
      last.ranges = now;
      last.parsed = now.map(parsed);
    }
    if (last.parsed.length === 0 || !ipaddr.isValid(address)) return false;
    // ::ffff:127.0.0.1 is 127.0.0.1.
    const asked = ipaddr.process(address);
    return last.parsed.some((range) => isWithin(asked, range));
  };
}

function parsed(range: string): Range {
  if (range.includes("/")) return ipaddr.parseCIDR(range);
  const address = ipaddr.process(range);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

function isWithin(address: Address, [base, bits]: Range): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}
