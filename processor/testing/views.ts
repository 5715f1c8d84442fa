/** For tests: the view of a booking as the API reads it, with the fields that the tests need. */
export const bookingView = (id: string, createdAt: string, changes: object = {}) => ({
  _id: id,
  id,
  listingId: 'l1',
  ownerId: 'o1',
  travelerId: 't1',
  status: 'pending',
  version: 1,
  createdAt,
  ...changes,
})
