/**
 * `npm run bench -- NAME`: one measurement each, on this machine, against real servers where
 * servers take part.
 * Only ratios within one run count; the figures of two machines say nothing about each other.
 */
const BENCHES: Readonly<Record<string, () => Promise<{ main(): Promise<number> }>>> = {
  fanout: () => import("./fanout.ts"),
  latency: () => import("./latency.ts"),
  relay: () => import("./relay.ts"),
  roles: () => import("./roles.ts"),
  salmon: () => import("./salmon.ts"),
  xmpp: () => import("./xmpp.ts"),
};

const name = process.argv[2] ?? "";
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (load === undefined) {
  console.error(`usage: npm run bench -- NAME, where NAME is ${Object.keys(BENCHES).join(", ")}`);
  process.exit(2);
}
const { main } = await load();
process.exit(await main());
