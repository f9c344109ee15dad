import { execSync } from "node:child_process";
import { floodOfADomain } from "./faults/floods.ts";
import { table } from "./table.ts";
import { tryOut } from "./trial.ts";
const top = () => { try { return execSync("top -b -n 1 -d 1 | head -20 | tail -14").toString(); } catch { return ""; } };
const outcome = await tryOut({
  ...floodOfADomain,
  world: { ...floodOfADomain.world, adjust: (s) => Promise.resolve({ ...s, imports: ["file:///tmp/mender/prof.mjs"] }) },
  inject: async (stage) => {
    process.kill(stage.world.daemon.pid, "SIGUSR2");
    const end = await floodOfADomain.inject(stage);
    setTimeout(() => console.log(execSync("top -b -n 2 -d 4 | awk '/^top/{n++} n==2' | head -20").toString()), 3000);
    return async () => { process.kill(stage.world.daemon.pid, "SIGUSR2"); return await end(); };
  },
});
console.log(table(outcome));
process.exit(0);
