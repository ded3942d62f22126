/** The funnel of the card that is open: a card's address does not say it, and the navigation shows where the person is. */
class Standing {
  process = $state('')
}

export const standing = new Standing()
