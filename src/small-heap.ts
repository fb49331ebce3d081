import { setFlagsFromString } from 'node:v8';

// Loaded before the program by `npm start`. The main thread collects the young generation without helper threads, and
// the
// old generation is collected when it has doubled. The flags are set here and not on the command line, where a flag
// that
// V8 has removed would prevent the start. V8 reads both flags at each collection.
setFlagsFromString('--no-parallel-scavenge');
setFlagsFromString('--heap-growing-percent=100');
