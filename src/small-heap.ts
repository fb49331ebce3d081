import { setFlagsFromString } from 'node:v8';

// Loaded before the program, as `npm start` does: the main thread collects the young generation alone, and the old one
// is collected when it has doubled. Set here rather than on the command line, where a flag that V8 has dropped would
// stop the start; V8 reads both whenever it collects.
setFlagsFromString('--no-parallel-scavenge');
setFlagsFromString('--heap-growing-percent=100');
