/**
 * The program that `billing-kill.test.ts` kills: the decider, the views and billing on the embedded drivers in a folder, at work on
 * new bookings and on cancellations of older ones. `node killed-billing.ts <folder> <round>`
 */
import { instantOf } from '#domain/civil.ts'
import { openBillingParts, requestsOf, send } from './billing-parts.ts'

const [folder = '', round = '0'] = process.argv.slice(2)
const parts = await openBillingParts(folder)
await send(parts, requestsOf(Number(round), instantOf(Date.now())))
console.log('working')
