import { f64, string, tracepoint, u32 } from 'lttng-ts';

const placed = tracepoint('shop:order_placed', { orderId: u32, amount: f64, customer: string });
placed({ orderId: 7, amount: 12.5, customer: 'Ada' });
