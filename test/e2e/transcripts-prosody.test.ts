/** The transcripts on a real Prosody with real clients. */
import { testTranscripts } from "../support/transcript-files.ts";

testTranscripts("prosody", ["flows"]);
