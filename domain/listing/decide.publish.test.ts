import { describe, it } from 'vitest'
import { given } from '../testing/given.ts'
import {
  admin,
  cancelled,
  became,
  change,
  changed,
  created,
  hotel,
  otherOwner,
  owner,
  pending,
  publish,
  published,
  request,
  stay,
  system,
  traveler,
  withdraw,
  withdrawn,
} from '../testing/samples.ts'

const twoRooms = { ...pending, kind: 'hotel', quantity: 2 } as const

describe('publishing a listing', () => {
  it('records the listing', () => {
    given().when(publish()).gives(published())
  })

  it.each([admin, system])('is open to $role', (actor) => {
    given().when(publish(stay, actor)).gives(published())
  })

  it.each([otherOwner, traveler, { ...traveler, id: owner.id }])('is refused to $role $id', (actor) => {
    given().when(publish(stay, actor)).refuses('not_yours')
  })

  it('is refused when the id is taken', () => {
    given(published()).when(publish()).refuses('listing_exists')
  })

  it('works again after a withdrawal, with new details', () => {
    const renewed = { ...stay, name: 'Renewed Villa', capacity: 2 }
    given(published(), withdrawn()).when(publish(renewed)).gives(published(renewed))
  })

  it('is refused to another owner after a withdrawal', () => {
    const taken = { ...stay, ownerId: otherOwner.id }
    given(published(), withdrawn()).when(publish(taken, otherOwner)).refuses('listing_exists')
  })

  it('is refused with another kind after a withdrawal', () => {
    given(published(), withdrawn()).when(publish(hotel)).refuses('listing_exists')
  })

  it('is refused when the capacity is below the live bookings', () => {
    const past = [published(hotel), created(twoRooms), withdrawn(hotel)]
    given(...past)
      .when(publish({ ...hotel, capacity: 1 }))
      .refuses('capacity_taken')
    given(...past)
      .when(publish({ ...hotel, capacity: 2 }))
      .gives(published({ ...hotel, capacity: 2 }))
  })

  it('makes a withdrawn listing bookable again', () => {
    given(published(), withdrawn(), published()).when(request()).gives(created())
  })
})

describe('changing a listing', () => {
  it('changes the given fields and keeps the others', () => {
    given(published())
      .when(change({ name: 'Sea Villa', maxGuests: 6 }))
      .gives(changed({ ...stay, name: 'Sea Villa', maxGuests: 6 }))
  })

  it('is open to an admin', () => {
    given(published())
      .when(change({ capacity: 2 }, admin))
      .gives(changed({ ...stay, capacity: 2 }))
  })

  it.each([otherOwner, traveler, { ...traveler, id: owner.id }])('is refused to $role $id', (actor) => {
    given(published())
      .when(change({ name: 'Mine' }, actor))
      .refuses('not_yours')
  })

  it('is refused when the listing does not exist', () => {
    given()
      .when(change({ name: 'Nothing' }))
      .refuses('unknown_listing')
  })

  it('is refused when the listing is withdrawn', () => {
    given(published(), withdrawn())
      .when(change({ name: 'Late' }))
      .refuses('listing_withdrawn')
  })

  it('is refused when the capacity is below the bookings of a day', () => {
    const past = [published(hotel), created(twoRooms)]
    given(...past)
      .when(change({ capacity: 1 }))
      .refuses('capacity_taken')
    given(...past)
      .when(change({ capacity: 2 }))
      .gives(changed({ ...hotel, capacity: 2 }))
  })

  it('may lower the capacity after the bookings are cancelled', () => {
    given(published(hotel), created(twoRooms), became({ ...cancelled, kind: 'hotel', quantity: 2 }))
      .when(change({ capacity: 1 }))
      .gives(changed({ ...hotel, capacity: 1 }))
  })

  it('is refused to change the confirmation policy by republishing while bookings are live', () => {
    const byPayment = { ...stay, confirmationPolicy: 'payment' } as const
    given(published(), created(), withdrawn()).when(publish(byPayment)).refuses('listing_exists')
    given(published(), withdrawn()).when(publish(byPayment)).gives(published(byPayment))
  })

  it('does not change the price of existing bookings', () => {
    const past = [published(), created(), changed({ ...stay, price: { amount: 1, currency: 'EUR' } })]
    given(...past)
      .when(request())
      .refuses('already_requested', pending)
  })
})

describe('withdrawing a listing', () => {
  it('records the withdrawn listing', () => {
    given(published()).when(withdraw()).gives(withdrawn())
  })

  it('works while bookings are live', () => {
    given(published(), created()).when(withdraw()).gives(withdrawn())
  })

  it('is refused to someone else', () => {
    given(published()).when(withdraw(otherOwner)).refuses('not_yours')
  })

  it('is refused when the listing does not exist', () => {
    given().when(withdraw()).refuses('unknown_listing')
  })

  it('is refused the second time', () => {
    given(published(), withdrawn()).when(withdraw()).refuses('listing_withdrawn')
  })
})
