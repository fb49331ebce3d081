// An OTLP receiver that reads exports and forgets them, for the tracing run.
import { createServer } from 'node:http';

createServer((request, response) => {
  request.resume().on('end', () => response.end());
}).listen(Number(process.env.PORT), '127.0.0.1');
