/** The transcripts on the component stream alone, and what only Openfire does. */
import { testTranscripts } from "../support/transcript-files.ts";

testTranscripts("loopback", ["flows"]);
testTranscripts("openfire", ["flows", "openfire"]);
