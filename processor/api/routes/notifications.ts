import { Hono } from 'hono'
import { z } from 'zod'
import type { Notification } from '#domain/notification.ts'
import { instantOf } from '#domain/civil.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { Doc } from '#store/store.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import { listResponse, scanPage, withoutStoreId } from '../pagination.ts'
import { noQuery, Paging, query } from '../query-parameters.ts'

type StoredNotification = Doc & Notification

const Filters = Paging.extend({ unread: z.enum(['true', 'false']).optional() })

/** The most notifications that one request marks as read; `more` in the response says that some are left. */
const READ_AT_ONCE = 500

export function notificationRoutes({ store, now }: ApiDeps): Hono<ApiEnv> {
  const markRead = (id: string) => {
    const change = { set: [[['readAt'], instantOf(now())] as const] }
    return store.patch('notifications', id, change, { path: ['readAt'], is: null })
  }

  return new Hono<ApiEnv>()
    .get('/', query(Filters), async (c) => {
      const { unread, limit, cursor } = c.req.valid('query')
      const where = { userId: c.get('principal').id, ...(unread === 'true' && { readAt: null }) }
      const order = { by: 'createdAt', descending: true }
      return listResponse(
        c,
        await scanPage<StoredNotification>(store, 'notifications', { where, order, limit, cursor }),
        withoutStoreId,
      )
    })
    .get('/unread-count', noQuery, async (c) => {
      const unread = await store.count('notifications', { userId: c.get('principal').id, readAt: null })
      return c.json({ unread })
    })
    .post('/:id/read', noQuery, async (c) => {
      const id = c.req.param('id')
      const before = await store.get<StoredNotification>('notifications', id)
      if (before?.userId !== c.get('principal').id) throw new ProblemError(PROBLEMS.not_found)
      await markRead(id)
      return c.json(withoutStoreId((await store.get<StoredNotification>('notifications', id))!))
    })
    .post('/read-all', noQuery, async (c) => {
      const where = { userId: c.get('principal').id, readAt: null }
      const page = { where, order: { by: 'createdAt' }, limit: READ_AT_ONCE }
      const { docs, next } = await scanPage<StoredNotification>(store, 'notifications', page)
      const marked = await Promise.all(docs.map(({ _id }) => markRead(_id)))
      return c.json({ read: marked.filter(Boolean).length, more: next !== undefined })
    })
}
