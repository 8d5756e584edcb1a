/** An HTTP server of a shop that answers two requests and ends. It contains nothing of lttng-ts. */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.statusCode = request.url === '/orders/7' ? 200 : 404;
  response.end();
});
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  for (const path of ['/orders/7', '/orders/8']) await fetch(`http://127.0.0.1:${port}${path}`);
  server.close();
});
