/** The transcripts on a real ejabberd with real clients. */
import { testTranscripts } from "../support/transcript-files.ts";

testTranscripts("ejabberd", ["flows"]);
