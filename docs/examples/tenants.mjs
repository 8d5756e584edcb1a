/** An HTTP server of a shop with two tenants. It publishes what its code runs for, and answers three requests. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import { setTimeout as pass } from 'node:timers/promises';
import { context, string, tracepoint, u32 } from 'lttng-ts';

const requests = new AsyncLocalStorage();
context('tenant', () => requests.getStore()?.tenant);
context('path', () => requests.getStore()?.path);
const queried = tracepoint('shop:query', { sql: string, rows: u32 });

async function ordersOf(customer) {
  await pass(5);
  queried({ sql: 'select * from orders where customer = ?', rows: customer.length });
  if (customer === 'bob') console.warn('no order of this customer is paid');
  return customer.length;
}

const server = createServer((request, response) => {
  const { url: path } = request;
  const [, tenant, customer] = path.split('/');
  requests.run({ tenant, path }, async () => {
    await pass(2 * customer.length);
    response.end(String(await ordersOf(customer)));
  });
});
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/acme/alice', '/blue/bob', '/acme/carol'];
  await Promise.all(paths.map((path) => fetch(`http://127.0.0.1:${port}${path}`)));
  server.close();
});
