/**
 * The ledger names destinations that are there for good: pods and mailboxes. The foreign key cost a
 * look with each row, and its other half went through the whole ledger for each host that is
 * forgotten (src/store/destinations.ts): no index of it begins with the destination.
 */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw("alter table ledger drop constraint if exists ledger_destination_id_fkey");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    `alter table ledger add constraint ledger_destination_id_fkey
       foreign key (destination_id) references destinations not valid`,
  );
}
