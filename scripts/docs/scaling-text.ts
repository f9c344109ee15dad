/** The words of docs/scaling.md; its tables are made in scaling.ts. */

export const HEAD = `# How far it scales

<!-- Made from scripts/docs/scaling-text.ts and scripts/simulate by \`npm run docs\`. -->

What one of each thing costs was measured; what many cost is counted from that, by \`npm run simulate\`, and nothing here is a promise. Statements are counted on the real daemon and kept true by test/unit/store/plans.test.ts; sizes are those of a database that \`npm run seed\` filled with a million activities, freshly indexed (indexes that grow row by row are up to half as large again); RSA is \`npm run bench -- salmon\`. The machine has two cores that also carried the load generator, the database and the XMPP server.

## What one costs

Statements are counted with \`begin\` and \`commit\`, for one thing at a time. Each goes by an index, and looks at no more rows when more is stored.
`;

export const ENDS = `The ledger is what grows: a comment below a post of here goes to all pods that have the post, and a row says for each that it has it, so that its end goes there too.

## What costs more than its share

- A post costs one signature, one envelope and one activity, however many follow: 0.5 statements, two rows and one request for each pod of a follower. Followers on one pod cost nothing more.
- A post of a pod costs one activity and one delivery, however many read it here: a page of 500 readers is one statement, and each reader one stanza, which the XMPP server pays for.
- A post for few costs an encryption, a delivery and a request for each contact who gets it.
- A comment below a post of here looks at what was said there before, to know whose pods have the post: a thread of 10,000 comments costs that many index entries with each further one. It is the one thing on a hot path that grows, and with the thread, not with what is stored.
- A login of the component makes all feeds due, and one row for each person is written; NodeInfo counts local people and posts once an hour at most, in a part of them where there are many; a change of the operator's lists goes through all people.
- A pod that is away costs one row and one probe, however much waits for it.
`;

export const CAPACITY = `## One PostgreSQL

Everything that processes share is in PostgreSQL; connectors, web and workers can run on any number of machines (docs/architecture.md). The first thing that is full on one machine is the processor for RSA and XML, which more workers mend; then it is PostgreSQL.

- **Statements.** Here 1,940 transactions a second of six statements each, 11,700 statements, with a million activities stored and each commit flushed, by 16 connections. The busiest hour of ten million people is within reach of a machine with some more cores: what ends a single PostgreSQL is not the rate.
- **Commits.** One for each message unless several come together, and then one for all: rows of the inbox are grouped by what is in flight, and messages of one turn of the drain share a transaction. A disk that needs 1 ms for a flush does 1,000 turns a second for each connection.
- **Size.** The working set is people, relationships, destinations and the newest activities with their indexes: 120 GB for ten million people, which fits into memory of one machine. What is old is not read. The ledger and the activities grow by terabytes in a year there; backup, \`vacuum\` and making an index anew take days from about 5 TB on, and that is where one PostgreSQL ends.
- **First remedies**, in this order: \`shared_buffers\` and \`max_wal_size\` as large as the machine allows; replicas for \`web\` (they read) and for backups; the ledger and the activities as tables partitioned by month of the id (declarative partitioning: what is older than a year can be detached whole); only then more than one primary.

## Beyond one: Citus

Where one primary is not enough, [Citus](https://github.com/citusdata/citus) distributes the tables of the same PostgreSQL by a column, keeps foreign keys and transactions within one shard, and needs no other client. Everything here turns round one person at a time, so **the author is the distribution column**:
`;

export const DISTRIBUTION = `| tables | how | why |
| --- | --- | --- |
| \`activities\`, \`audiences\`, \`photos\`, \`items\`, \`feeds\`, \`own_profiles\`, \`said\`, \`notices\`, \`counters\`, \`preferences\`, \`comment_nodes\` | by the author (or the person), co-located | a stream, a publish and an export stay in one shard |
| \`relationships\`, \`subscriptions\` | by the person who is read, co-located with their activities; a second copy by the reader | readers of a post are asked for with each post; what one reads, seldom |
| \`deliveries\`, \`inbox\`, \`destinations\` | by the destination, co-located with each other | claim, pending, finish and release are within one destination; each shard has workers of its own |
| \`ledger\` | by the author of the activity | asked for by activity only: who has it |
| \`pods\`, \`standings\`, \`settings\` | reference tables, on each node | short, read by everything |
| \`people\` | by id, and a narrow reference table \`names\` (guid, diaspora* ID, JID → id) | keys and names of authors are joined within the shard |

What the schema lacks for that: the author's id in \`audiences\`, \`photos\`, \`ledger\` and \`deliveries\` (a shard's keys must hold the distribution column), and a table \`guids\` (guid → author, activity), distributed by the GUID, since a GUID is unique among all authors and a unique index can only be kept within a shard.
`;

export const SHARDS = `Statements that cross shards then:

| statement | when | shards |
| --- | --- | --- |
| is this GUID known, whose is it (\`findActivity\`, \`isKnownGuid\`, \`insertActivities\`) | with each message | 2: that of the GUID, that of the author |
| a comment or like is stored with its own author, and read below its post (\`threadPage\`, \`attachmentsOf\`, \`podsOf\`, \`holdersOf\`) | with each reply, and each look at a thread | as many as the thread has authors; stored with the author of the post at the top instead, 1 |
| an activity and its deliveries in one transaction (\`commit\`) | with each thing that goes out | that of the author, those of the destinations: two-phase commit |
| a person's mailbox, chats and exports (\`receivedBy\`) | seldom | all |
| NodeInfo, the operator's lists, \`deliveries\` figures | seldom | all, in parallel |

So replies belong to the author of the post at the top (\`root\`), not to their own: then a thread is one shard, and only their own author's export goes to all.

Weighed and not taken: **several installations**, one for each domain of XMPP (the simplest of all: they share nothing, federate with each other as pods do, and no code is needed; whoever runs more than one domain should begin with that); **partitioning by hand** in the daemon (all of the above without two-phase commit and without joins); **CockroachDB, YugabyteDB** (no \`LISTEN\`, or no advisory locks and \`SKIP LOCKED\` of another kind: wake-ups, leases and the one holder of the stream rest on these); **a message broker** for the queues (the transaction that stores an activity and what must go out would be two, and nothing lost would have to be earned anew).
`;
